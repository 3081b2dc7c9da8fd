"use strict";
// Copies a table as lines of cells between tabs, which spreadsheets take, or code as it stands.
function cellsOf(row) {
  return Array.from(row.cells, (cell) => cell.textContent.trim()).join("\t");
}
function textOf(button) {
  const figure = button.closest("figure");
  if (button.dataset.copy === "code") return figure.querySelector("code").textContent;
  return Array.from(figure.querySelectorAll("tr"), cellsOf).join("\n");
}
// A page opened from a file has no clipboard API in some browsers; a selected text area still copies.
function copyByHand(text) {
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
async function copy(button) {
  let done = false;
  try {
    await navigator.clipboard.writeText(textOf(button));
    done = true;
  } catch {
    done = copyByHand(textOf(button));
  }
  button.textContent = done ? "Copied" : "Not copied";
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
}
document.addEventListener("click", (event) => {
  if (event.target.matches("button.copy")) copy(event.target);
});
