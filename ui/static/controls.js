/* Clicks and keys, and the dialog. */

import { $, copy, tab } from "./basics.js";
import { show, stop } from "./chat.js";
import { again, box, cancelEditing, edit, fit, raw, save, send, temporary, undo, writing } from "./composer.js";
import { theme } from "./looks.js";
import { state } from "./state.js";

// Clicks

document.addEventListener("click", (event) => {
  const on = (selector) => event.target.closest?.(selector);
  const message = on("[data-message]");
  if (on("[data-close]")) $("#dialog").close();
  else if (on("[data-copy-code]")) copy($("code", on(".code")).textContent, on("button"));
  else if (on("[data-copy]")) copy(raw(message), on("button"));
  else if (on("[data-edit]")) edit(message.dataset.message);
  else if (on("[data-again]")) again();
  else if (on("[data-undo]")) undo();
  else if (on("#stop")) stop();
  else if (on("#temporary-chat")) temporary();
  else if (on("#help-button")) help();
  else if (on("[data-suggest]")) {
    box().value = on("[data-suggest]").textContent;
    fit();
    box().focus();
  } else if (on("[data-document]")) {
    const filter = $("#memory-filter");
    filter.elements.document.value = on("[data-document]").dataset.document;
    htmx.trigger(filter, "change");
  } else if (on('a[href="#/"]') && location.hash === "#/") show();
  else if (on("#select-all"))
    for (const tick of document.querySelectorAll('input[name="memory"]')) tick.checked = $("#select-all").checked;
  for (const menu of document.querySelectorAll("details.menu[open]"))
    if (!menu.contains(event.target) || on(".menu-items")) menu.open = false;
});

document.addEventListener("submit", (event) => {
  if (event.target.id !== "composer") return;
  event.preventDefault();
  send();
});

document.addEventListener("input", (event) => {
  if (event.target.id !== "message") return;
  fit();
  save();
});

document.addEventListener("change", (event) => {
  if (event.target.id === "theme") theme(event.target.value);
  const filter = event.target.closest?.("#memory-filter");
  if (filter && event.target.name !== "document") filter.elements.document.value = "";
});

// Keys

const help = () => dialog($("#help").innerHTML);
export const dialog = (html) => {
  $("#dialog").innerHTML = html;
  opened();
};
export const opened = () => {
  $("#dialog").setAttribute("aria-label", $("#dialog h2")?.textContent ?? "");
  if (!$("#dialog").open) $("#dialog").showModal();
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches?.("input, textarea, select");
  const inBox = event.target.id === "message";
  if (inBox && event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
    event.preventDefault();
    send();
  } else if (inBox && event.key === "ArrowUp" && !box().value) {
    const asked = [...document.querySelectorAll("#thread .question [data-edit]")].pop();
    if (asked) {
      event.preventDefault();
      edit(asked.closest("[data-message]").dataset.message);
    }
  } else if (event.key === "Escape" && state.editing) cancelEditing();
  else if (event.key === "Escape" && writing() && !$("#dialog").open) stop();
  else if (event.ctrlKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    const bar = $("#sidebar");
    if (bar && !bar.classList.contains("open")) $(".toggle-button", bar)?.click();
    $("#side-search")?.focus();
  } else if (event.altKey && !event.ctrlKey && event.code === "KeyN") {
    event.preventDefault();
    location.hash === "#/" ? show() : (location.hash = "#/");
  } else if (event.altKey && !event.ctrlKey && event.code === "KeyT") {
    event.preventDefault();
    temporary();
  } else if (event.altKey && !event.ctrlKey && event.code === "KeyC") {
    const last = [...document.querySelectorAll("#thread .reply[data-message]")].pop();
    if (last) copy(raw(last));
  } else if (event.altKey && /^Digit[1-6]$/.test(event.code)) {
    event.preventDefault();
    tab(["chat", "memories", "profile", "history", "privacy", "settings"][event.code.slice(-1) - 1]);
  } else if (!typing && event.key === "/") {
    event.preventDefault();
    tab("chat");
    setTimeout(() => box()?.focus(), 50); // Gradio shows the tab a moment later
  } else if (!typing && event.key === "?") help();
});
