// Runs in a page: gives what a reader would complain of, as sentences. A page is right where this is empty.
(() => {
  const problems = new Set();
  const width = document.documentElement.clientWidth;
  const nameOf = (element) => `<${element.localName} class="${element.className}">`;
  const said = (text) => text.trim().replace(/\s+/g, ' ').slice(0, 40);

  const sideways = document.documentElement.scrollWidth - width;
  if (sideways > 0) problems.add(`the page scrolls sideways by ${sideways} px`);

  /** What of a box is to be seen: boxes that scroll show a part, and may; whatever else cuts a text off must not. */
  function seen(rect, element, text) {
    let { left, top, right, bottom } = rect;
    for (let box = element; box && box !== document.body; box = box.parentElement) {
      const style = getComputedStyle(box);
      if (style.overflowX === 'visible' && style.overflowY === 'visible') continue;
      const frame = box.getBoundingClientRect();
      const scrolls = /auto|scroll/.test(style.overflowX + style.overflowY);
      if (!scrolls && text && (right > frame.right + 1 || bottom > frame.bottom + 1) && !box.title) {
        problems.add(`cut off: “${text}” in ${nameOf(box)}`);
      }
      left = Math.max(left, frame.left);
      top = Math.max(top, frame.top);
      right = Math.min(right, frame.right);
      bottom = Math.min(bottom, frame.bottom);
    }
    if (right - left < 1 || bottom - top < 1) return undefined;
    if (right > width + 1 || left < -1) problems.add(`sticks out of the page: “${text}” in ${nameOf(element)}`);
    return { left, top, right, bottom };
  }

  // What is for assistive technology alone is clipped to nothing.
  const isShown = (element) =>
    element.checkVisibility({ visibilityProperty: true }) &&
    getComputedStyle(element).clipPath === 'none' &&
    !element.closest('.skip, svg, option');
  const boxes = [];
  const keep = (rect, element, text) => {
    const box = seen(rect, element, text);
    if (box) boxes.push({ ...box, element, text: text || nameOf(element) });
  };

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { currentNode: node } = texts;
    if (node.data.trim() === '' || !isShown(node.parentElement)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const { left, top, right, bottom, height } of range.getClientRects()) {
      // Lines have room above and below their letters.
      keep({ left, right, top: top + height / 5, bottom: bottom - height / 5 }, node.parentElement, said(node.data));
    }
  }
  for (const control of document.querySelectorAll('button, input, select, textarea, a.button, img, svg')) {
    if (control.checkVisibility({ visibilityProperty: true })) keep(control.getBoundingClientRect(), control, '');
  }

  boxes.sort((a, b) => a.top - b.top);
  boxes.forEach((one, i) => {
    for (let j = i + 1; j < boxes.length && boxes[j].top < one.bottom - 1; j += 1) {
      const other = boxes[j];
      const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (across <= 1 || down <= 1 || one.element.contains(other.element) || other.element.contains(one.element))
        continue;
      problems.add(`on one another: “${one.text}” and “${other.text}”`);
    }
  });
  return [...problems];
})();
