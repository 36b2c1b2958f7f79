import type { ComponentChildren, VNode } from 'preact';

interface Props {
  /** What the table is of. */
  label: string;
  /** Empty for a column of buttons. */
  columns: readonly string[];
  children: ComponentChildren;
}

/** A table that is scrolled sideways on its own where it is too wide. */
export function Table({ label, columns, children }: Props): VNode {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            {columns.map((column) =>
              column === '' ? (
                <td key={column} />
              ) : (
                <th key={column} scope="col">
                  {column}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
