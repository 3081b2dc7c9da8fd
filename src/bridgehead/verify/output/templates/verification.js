"use strict";
// Everything can be read without this: it copies, opens and closes.
document.documentElement.classList.add("scripted");
function select(code) {
  const range = document.createRange();
  range.selectNodeContents(code);
  const selection = window.getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}
async function copy(button) {
  const code = button.closest("figure").querySelector("code");
  let done = false;
  try {
    await navigator.clipboard.writeText(code.textContent);
    done = true;
  } catch {
    // A page opened from a file has no clipboard API in some browsers; what is selected can still be copied.
    select(code);
    done = document.execCommand("copy");
  }
  button.textContent = done ? "Copied" : "Selected";
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
}
function openUpTo(element) {
  for (let at = element; at; at = at.parentElement) if (at.matches("details")) at.open = true;
}
function openTarget() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target) {
    document.getElementById("show-all").checked = true;
    openUpTo(target);
    target.scrollIntoView();
  }
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.matches(".copy")) copy(button);
  if (button.dataset.open) {
    for (const one of document.querySelectorAll("#everything details")) one.open = button.dataset.open === "all";
  }
});
window.addEventListener("hashchange", openTarget);
// On paper nothing can be opened: what is not as it should be must not be folded away.
window.addEventListener("beforeprint", () => {
  for (const one of document.querySelectorAll("details.failed, details.warning, details.unseen")) openUpTo(one);
});
openTarget();
