// Pages work without this. It writes times as the reader's own clock has them, and copies what is meant to be copied.
'use strict';

for (const time of document.querySelectorAll('time')) {
  const at = new Date(time.dateTime);
  if (!Number.isNaN(at.getTime())) time.title = at.toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'long' });
}

for (const source of navigator.clipboard ? document.querySelectorAll('[data-copy]') : []) {
  const button = document.createElement('button');
  const label = source.dataset.copy;
  button.type = 'button';
  button.className = 'copy';
  button.textContent = label;
  button.setAttribute('aria-live', 'polite');
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(source.value ?? source.textContent).then(
      () => {
        button.textContent = '✓';
        setTimeout(() => (button.textContent = label), 1500);
      },
      () => source.select?.(),
    );
  });
  source.after(button);
}
