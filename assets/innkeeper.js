// Makes the pages quicker to use; every one of them works without it.
"use strict";

// A button that leads to a question opens it as a dialog, where the page carries one.
document.addEventListener("submit", (event) => {
  const name = event.target.dataset.dialog;
  const dialog = name && document.getElementById(name);
  if (dialog && dialog.showModal) {
    event.preventDefault();
    dialog.showModal();
    // Two quick presses of Enter must not end anything.
    dialog.querySelector("[data-close]").focus();
  }
});

document.addEventListener("click", (event) => {
  const cancel = event.target.closest("[data-close]");
  const dialog = cancel && cancel.closest("dialog");
  if (dialog) {
    event.preventDefault();
    dialog.close();
  }
  // The menu closes when somebody turns to anything else.
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
