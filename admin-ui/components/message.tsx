import type { ComponentChildren, VNode } from 'preact';

interface MessageProps {
  kind: 'done' | 'failed';
  /** Of its words, where that is not the page's. */
  lang?: string;
  children: ComponentChildren;
}

/** What became of what was sent. The page opens there: it has the focus, is read out, and Tab goes on from it. */
export function Message({ kind, lang, children }: MessageProps): VNode {
  return (
    <div
      class={`flash ${kind}`}
      role={kind === 'done' ? 'status' : 'alert'}
      lang={lang}
      // By the attribute, so that it does without a script.
      tabIndex={-1}
      autofocus
    >
      {children}
    </div>
  );
}

/** Why the form was not accepted. */
export function Problem({ text }: { text: string | undefined }): VNode | null {
  return text === undefined ? null : <Message kind="failed">{text}</Message>;
}
