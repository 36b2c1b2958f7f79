import type { VNode } from 'preact';

/** Why the form was not accepted, read out as the page opens. */
export function Problem({ text }: { text: string | undefined }): VNode | null {
  if (text === undefined) return null;
  return (
    <p class="problem" role="alert">
      {text}
    </p>
  );
}
