import type { VNode } from 'preact';

interface Props {
  name: string;
  label: string;
  type: 'email' | 'password';
  /** What browsers and password managers fill in (HTML §4.10.18.7). */
  autocomplete: 'username' | 'new-password' | 'current-password' | 'off';
  help?: string;
  value?: string | undefined;
  minLength?: number;
  /** Yes unless said otherwise. */
  required?: boolean;
}

/** A labelled input; its help is read out with it. */
export function Field({ name, label, type, autocomplete, help, value, minLength, required = true }: Props): VNode {
  const helpId = help === undefined ? undefined : `${name}-help`;
  const rest = { id: name, name, autocomplete, value, minLength, required, 'aria-describedby': helpId };
  return (
    <p class="field">
      <label for={name}>{label}</label>
      {type === 'email' ? <input type="email" {...rest} /> : <input type="password" {...rest} />}
      {help !== undefined && <small id={helpId}>{help}</small>}
    </p>
  );
}
