// Makes one element's children those of another and leaves alone what is the same already: focus, selection and scrolling stay.
export function morph(here, wanted) {
  const keyed = new Map();
  for (const child of here.children) if (child.dataset.key) keyed.set(child.dataset.key, child);
  let at = here.firstChild;
  for (const next of wanted) {
    const known = next.nodeType === Node.ELEMENT_NODE && next.dataset.key ? keyed.get(next.dataset.key) : null;
    if (known && known !== at) here.insertBefore(known, at);
    const old = known ?? at;
    if (!old || !alike(old, next, known)) {
      here.insertBefore(next, at);
      continue;
    }
    at = old.nextSibling;
    if (old.nodeType === Node.TEXT_NODE) {
      if (old.data !== next.data) old.data = next.data;
    } else {
      attributes(old, next);
      morph(old, [...next.childNodes]);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function alike(old, next, known) {
  return old.nodeName === next.nodeName && (old === known || old.nodeType === Node.TEXT_NODE || (old.dataset.key === next.dataset.key && old.id === next.id));
}

function attributes(old, next) {
  for (const { name, value } of next.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes]) if (!next.hasAttribute(name)) old.removeAttribute(name);
}
