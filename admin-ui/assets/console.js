// Pages work without this. It writes times as the reader's own clock has them, copies what is meant to be copied, and follows
// work that goes on.
'use strict';

function localise(part) {
  for (const time of part.querySelectorAll('time')) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime()))
      time.title = at.toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'long' });
  }
}
localise(document);

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
        button.textContent = source.dataset.copied;
        setTimeout(() => (button.textContent = label), 1500);
      },
      () => source.select?.(),
    );
  });
  source.after(button);
}

// Work that goes on: its page is asked for again, and what has changed is put in place, part by part.
async function look() {
  try {
    const answer = await fetch(location.href, { redirect: 'error' });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const part of document.querySelectorAll('[id^="job-"]')) {
      const now = answer.ok && page.getElementById(part.id);
      if (!now || now.innerHTML === part.innerHTML) continue;
      part.replaceChildren(...now.childNodes);
      localise(part);
    }
    if (answer.ok && !page.querySelector('[data-live]')) return;
  } catch {
    // The server starts anew, or the reader is offline: it is asked again.
  }
  follow();
}
function follow() {
  setTimeout(() => void look(), 1500);
}
if (document.querySelector('[data-live]')) follow();
