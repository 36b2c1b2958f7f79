import type { ComponentChildren, VNode } from 'preact';
import { Brand } from '../components/brand.js';
import { Table } from '../components/table.js';
import { t } from '../strings.js';

export interface DocsField {
  /** `profile.email`, `roles[].role_name` */
  name: string;
  type: string;
  required: boolean;
  text: string;
}

export interface DocsOperation {
  id: string;
  method: string;
  path: string;
  summary: string;
  /** Who may call it, in words. */
  access: string;
  parameters: DocsField[];
  body: DocsField[];
  /** A request that was really made, to paste into a terminal. */
  request: string;
  answers: { status: string; text: string; fields: DocsField[]; example: string | undefined }[];
}

export interface DocsSection {
  slug: string;
  title: string;
  operations: DocsOperation[];
}

interface FrameProps {
  title: string;
  /** From the page to the server's address, so that it is found behind a proxy that serves us under a path: `./`, `../` */
  root: string;
  sections: readonly DocsSection[];
  section?: DocsSection;
  children: ComponentChildren;
}

function Frame({ title, root, sections, section, children }: FrameProps): VNode {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Latchkey`}</title>
        <link rel="stylesheet" href={`${root}console/assets/console.css`} />
        <link rel="icon" type="image/svg+xml" href={`${root}console/assets/icon.svg`} />
      </head>
      <body class="console">
        <a class="skip" href="#content">
          {t.frame.skip}
        </a>
        <header class="bar">
          <a class="brand" href={`${root}docs`}>
            <Brand /> {t.docs.title}
          </a>
          <a class="button menu" href="#navigation">
            {t.frame.menu}
          </a>
          <div class="who">
            <a href={`${root}openapi.json`}>openapi.json</a>
            <a href={`${root}console`}>{t.docs.console}</a>
          </div>
        </header>
        <nav class="side" id="navigation" aria-label={t.docs.title}>
          <ul>
            {sections.map(({ slug, title }) => (
              <li key={slug}>
                <a href={`${root}docs/${slug}`} aria-current={slug === section?.slug ? 'page' : undefined}>
                  {title}
                </a>
              </li>
            ))}
          </ul>
          <a class="close" href="#content">
            {t.frame.closeMenu}
          </a>
        </nav>
        <main id="content" tabIndex={-1}>
          <div class="heading">
            <h1>{title}</h1>
          </div>
          {children}
        </main>
      </body>
    </html>
  );
}

/** Every route, by what it is about. */
export function Docs({ sections, publicUrl }: { sections: readonly DocsSection[]; publicUrl: string }): VNode {
  return (
    <Frame title={t.docs.title} root="./" sections={sections}>
      <p>
        {t.docs.intro} <code>{publicUrl}</code>
      </p>
      <p>
        {t.docs.errors} <code>{'{"error": "…", "error_code": "…"}'}</code>
      </p>
      {sections.map(({ slug, title, operations }) => (
        <section key={slug} aria-labelledby={slug}>
          <h2 id={slug}>
            <a href={`docs/${slug}`}>{title}</a>
          </h2>
          <ul class="routes card">
            {operations.map(({ id, method, path, summary }) => (
              <li key={id}>
                <a href={`docs/${slug}#${id}`}>
                  <Address method={method} path={path} />
                </a>
                <span class="quiet">{summary}</span>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </Frame>
  );
}

/** The routes about one thing, with all that is known of them. */
export function DocsPage({ sections, section }: { sections: readonly DocsSection[]; section: DocsSection }): VNode {
  return (
    <Frame title={section.title} root="../" sections={sections} section={section}>
      {section.operations.map((operation) => (
        <Operation key={operation.id} operation={operation} />
      ))}
    </Frame>
  );
}

function Operation({ operation }: { operation: DocsOperation }): VNode {
  const { id, method, path, summary, access, parameters, body, request, answers } = operation;
  return (
    <section class="card operation" id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{summary}</h2>
      <p>
        <Address method={method} path={path} />
      </p>
      <p class="quiet">{access}</p>
      <Fields about={summary} title={t.docs.parameters} fields={parameters} />
      <Fields about={summary} title={t.docs.body} fields={body} />
      <Code about={summary} title={t.docs.request} text={request} />
      {answers.map(({ status, text, fields, example }) => (
        <div key={status}>
          <h3>
            {t.docs.answer(status)} <span class="quiet">{text}</span>
          </h3>
          <Fields about={`${summary}, ${status}`} fields={fields} />
          <Code about={`${summary}, ${status}`} title={t.docs.example} text={example} />
        </div>
      ))}
    </section>
  );
}

function Address({ method, path }: { method: string; path: string }): VNode {
  return (
    <code class="address">
      <strong>{method}</strong> {path}
    </code>
  );
}

function Fields({ about, title, fields }: { about: string; title?: string; fields: DocsField[] }): VNode | null {
  if (fields.length === 0) return null;
  const { name, type, needed, text } = t.docs;
  return (
    <>
      {title !== undefined && <h3>{title}</h3>}
      <Table label={`${title ?? t.docs.fields}: ${about}`} columns={[name, type, needed, text]}>
        {fields.map((field) => (
          <tr key={field.name}>
            <td>
              <code>{field.name}</code>
            </td>
            <td>{field.type}</td>
            <td>{field.required ? t.docs.yes : t.docs.no}</td>
            <td>{field.text}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}

function Code({ about, title, text }: { about: string; title: string; text: string | undefined }): VNode | null {
  if (text === undefined) return null;
  return (
    <details>
      <summary>{title}</summary>
      <pre tabIndex={0} role="region" aria-label={`${title}: ${about}`}>
        <code>{text}</code>
      </pre>
    </details>
  );
}
