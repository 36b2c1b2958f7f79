import type { VNode } from 'preact';

interface Common {
  name: string;
  label: string;
  help?: string | undefined;
  /** Where the name is used more than once on a page. */
  id?: string;
}

interface TextProps extends Common {
  value?: string | undefined;
  type?: 'text' | 'email' | 'url' | 'search' | 'date' | 'password';
  required?: boolean;
  maxLength?: number;
  placeholder?: string;
  readOnly?: boolean;
  /** Of the datalist with what could be meant. */
  list?: string;
}

/** A line of text. */
export function TextInput({ name, label, help, id = name, type = 'text', ...rest }: TextProps): VNode {
  const more = {
    id,
    name,
    type,
    autocomplete: type === 'password' ? ('new-password' as const) : ('off' as const),
    ...rest,
  };
  return (
    <p class="field">
      <label for={id}>{label}</label>
      {/* The types of Preact know no input whose type is a variable. */}
      <input {...(more as { type: 'text' })} aria-describedby={help === undefined ? undefined : `${id}-help`} />
      <Help id={id} text={help} />
    </p>
  );
}

interface NumberProps extends Common {
  value?: number | string | undefined;
  min?: number;
  max?: number;
  required?: boolean;
}

/** A whole number. */
export function NumberInput({ name, label, help, id = name, ...rest }: NumberProps): VNode {
  const describedBy = help === undefined ? undefined : `${id}-help`;
  return (
    <p class="field">
      <label for={id}>{label}</label>
      <input type="number" step="1" id={id} name={name} aria-describedby={describedBy} {...rest} />
      <Help id={id} text={help} />
    </p>
  );
}

interface AreaProps extends Common {
  value: string;
  rows?: number;
  readOnly?: boolean;
}

/** Several lines of text. */
export function TextArea({ name, label, help, id = name, rows = 4, ...rest }: AreaProps): VNode {
  const describedBy = help === undefined ? undefined : `${id}-help`;
  return (
    <p class="field">
      <label for={id}>{label}</label>
      <textarea id={id} name={name} rows={rows} spellcheck={false} aria-describedby={describedBy} {...rest} />
      <Help id={id} text={help} />
    </p>
  );
}

interface SelectProps extends Common {
  value: string;
  options: readonly (readonly [value: string, label: string])[];
}

/** One of several. */
export function Select({ name, label, help, id = name, value, options }: SelectProps): VNode {
  return (
    <p class="field">
      <label for={id}>{label}</label>
      <select id={id} name={name} aria-describedby={help === undefined ? undefined : `${id}-help`}>
        {options.map(([option, text]) => (
          <option key={option} value={option} selected={option === value}>
            {text}
          </option>
        ))}
      </select>
      <Help id={id} text={help} />
    </p>
  );
}

interface CheckboxProps extends Common {
  checked: boolean;
}

/** Yes or no. */
export function Checkbox({ name, label, help, id = name, checked }: CheckboxProps): VNode {
  return (
    <p class="field check">
      <label for={id}>
        <input
          type="checkbox"
          id={id}
          name={name}
          value="on"
          checked={checked}
          aria-describedby={help === undefined ? undefined : `${id}-help`}
        />
        {label}
      </label>
      <Help id={id} text={help} />
    </p>
  );
}

function Help({ id, text }: { id: string; text: string | undefined }): VNode | null {
  return text === undefined ? null : <small id={`${id}-help`}>{text}</small>;
}
