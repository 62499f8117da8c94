/* What every part of the page uses: finding elements, asking the server, telling the person. */

import { state } from "./state.js";

export const $ = (selector, within = document) => within.querySelector(selector);

export const say = (text) => {
  const toast = document.createElement("p");
  toast.className = "toast";
  toast.textContent = text;
  $("#toasts").append(toast);
  setTimeout(() => toast.remove(), 6000);
};

export const announce = (text) => {
  if ($("#announce")) $("#announce").textContent = text;
};

export const post = async (url, fields) => {
  let answer;
  try {
    answer = await fetch(url, { method: "POST", body: new URLSearchParams(fields) });
  } catch {
    throw new Error(state.words.no_connection);
  }
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
};

export const get = async (url) => {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(await answer.text());
  return answer.text();
};

export const copy = async (text, button) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  announce(state.words.copied);
  if (button) {
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 1500);
  }
};

export const tab = (name) => $(`#tab-${name}-button`)?.click();
export const sideChanged = () => htmx.trigger(document.body, "side-changed");
export const phone = () => window.innerWidth < 768;
