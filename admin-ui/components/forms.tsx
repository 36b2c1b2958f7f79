import type { ComponentChildren, VNode } from 'preact';
import type { Frame } from '../frame.js';

interface FormProps {
  frame: Frame;
  action: string;
  class?: string;
  /** Sent along, unseen. */
  fields?: Record<string, string>;
  children: ComponentChildren;
}

/** A form of the console; it says that it comes from one of its pages. */
export function Form({ frame, action, fields = {}, children, ...rest }: FormProps): VNode {
  return (
    <form method="post" action={action} class={rest.class}>
      <input type="hidden" name="_csrf" value={frame.csrf} />
      {Object.entries(fields).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {children}
    </form>
  );
}

interface ActionProps {
  frame: Frame;
  action: string;
  label: string;
  /** What it is about, where many buttons of a page have the same label. */
  about?: string;
  kind?: 'plain' | 'danger' | 'primary';
  fields?: Record<string, string>;
}

/** A form that is one button. */
export function Action({ frame, action, label, about, kind = 'plain', fields = {} }: ActionProps): VNode {
  return (
    <Form frame={frame} action={action} class="inline" fields={fields}>
      <button type="submit" class={kind} aria-label={about === undefined ? undefined : `${label}: ${about}`}>
        {label}
      </button>
    </Form>
  );
}
