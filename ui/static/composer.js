/* What the person writes: drafts, sending, and what can be done with a message. */

import { $, announce, get, phone, post, say, sideChanged, tab } from "./basics.js";
import { draw, follow, hashOf, rename, show } from "./chat.js";
import { DRAFTS, LONGEST_DRAFT, state } from "./state.js";

// Drafts

export const box = () => $("#message");
export const save = () => {
  if (!box() || state.editing) return;
  const key = DRAFTS + (state.open.id || "new");
  if (state.open.id.startsWith("temporary-") || box().disabled) return;
  if (!box().value && state.unsent.has(key)) return;
  if (box().value && box().value.length <= LONGEST_DRAFT) localStorage.setItem(key, box().value);
  else localStorage.removeItem(key);
};
export const restore = (focus = true) => {
  box().disabled = false;
  box().value = localStorage.getItem(DRAFTS + (state.open.id || "new")) ?? "";
  fit();
  if (focus && !phone()) box().focus();
};
export const fit = () => {
  box().style.height = "auto";
  const needed = box().scrollHeight; // 0 while another tab is shown
  if (needed) box().style.height = `${Math.min(needed, window.innerHeight * 0.4)}px`;
};

// Sending

export const busy = (is) => {
  if (!$("#send")) return;
  $("#send").hidden = is;
  $("#stop").hidden = !is;
};
export const writing = () => $("#stop") && !$("#stop").hidden;

const optimistic = (text) => {
  $(".welcome")?.remove();
  for (const failed of document.querySelectorAll("#thread .problem")) failed.remove();
  const question = document.createElement("article");
  question.className = "msg question pending";
  const body = document.createElement("div");
  body.className = "body";
  body.textContent = text;
  question.append(body);
  $("#thread").append(question);
  waiting();
};

const waiting = () => {
  const live = document.createElement("article");
  live.className = "msg reply";
  live.id = "live";
  live.setAttribute("aria-busy", "true");
  live.innerHTML =
    '<div class="body"></div><p class="note"><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span> <span class="note-text"></span></p>';
  $("#thread").append(live);
  $("#thread").scrollTop = $("#thread").scrollHeight;
};

export const problem = (text) => {
  const shown = document.createElement("p");
  shown.className = "problem";
  shown.setAttribute("role", "alert");
  shown.textContent = text;
  $("#thread").append(shown);
  $("#thread").scrollTop = $("#thread").scrollHeight;
};

export const send = async () => {
  const text = box().value.trim();
  if (!text || writing() || box().disabled) return;
  const most = Number($("#chat-panel").dataset.max);
  if (text.length > most) {
    problem(state.words.too_long.replace("{length}", text.length.toLocaleString()).replace("{most}", most.toLocaleString()));
    return;
  }
  const draft = DRAFTS + (state.open.id || "new");
  const changed = state.editing;
  state.asked = crypto.randomUUID();
  const fields = changed ? { message: changed, text } : { text, id: state.open.id, key: state.asked, ...switches() };
  if (changed) cutFrom(changed);
  stopEditing();
  if (changed) restore(); // what was being written before
  else box().value = "";
  fit();
  await begin(changed ? "zhiji/edit" : "zhiji/say", fields, text, changed ? null : draft);
};

const switches = () => {
  const form = $("#switches");
  if (!form) return {};
  return { remembers: form.elements.remembers.disabled || form.elements.remembers.checked, recalls: form.elements.recalls.checked };
};

const cutFrom = (message) => {
  const first = document.getElementById(`m-${message}`);
  while (first?.nextElementSibling) first.nextElementSibling.remove();
  first?.remove();
};

/* Post what begins a reply, and follow it. Words that could not be stored are given back. */
const begin = async (url, fields, text, draft) => {
  const mine = state.visit;
  if (draft) {
    if (text.length <= LONGEST_DRAFT && !state.open.id.startsWith("temporary-")) localStorage.setItem(draft, text);
    state.unsent.add(draft);
  }
  if (text === null) waiting();
  else optimistic(text);
  busy(true);
  announce(state.words.writing_reply);
  try {
    const { id } = await post(url, fields);
    state.unsent.delete(draft);
    if (localStorage.getItem(draft) === text) localStorage.removeItem(draft);
    sideChanged();
    if (mine !== state.visit) return;
    const isNew = !state.open.id;
    rename(id);
    follow();
    if (isNew) await titled();
  } catch (error) {
    state.unsent.delete(draft);
    if (mine !== state.visit) {
      say(error.message);
      return;
    }
    $("#thread .pending")?.remove();
    $("#live")?.remove();
    busy(false);
    if (text !== null) box().value = box().value ? `${text}\n${box().value}` : text;
    fit();
    save();
    if (url !== "zhiji/say") await redraw().catch(() => {}); // what was taken away to be given again
    problem(error.message);
  }
};

export const titled = async () => {
  if (!state.open.id) return;
  const mine = state.visit;
  const html = await get(`zhiji/head?id=${encodeURIComponent(state.open.id)}`);
  if (mine !== state.visit || !$("#talk-head")) return;
  $("#talk-head").outerHTML = html;
  htmx.process($("#talk-head"));
};

export const redraw = async () => {
  const mine = state.visit;
  const html = await get(`zhiji/chat?${new URLSearchParams({ id: state.open.id })}`);
  if (mine === state.visit) draw(html);
};

// What was forgotten elsewhere is not to be read on in the chat, nor in its title
export const forgot = async () => {
  sideChanged();
  if (!state.open.id || writing() || state.editing) return;
  save();
  await redraw().catch(() => {});
  restore(false);
};

// What can be done with a message

export const edit = (message) => {
  if (writing()) return;
  save();
  state.editing = message;
  const asked = document.getElementById(`m-${message}`);
  asked.classList.add("editing");
  box().value = $(".body", asked).textContent;
  $("#composer").classList.add("editing");
  fit();
  box().focus();
};

export const stopEditing = () => {
  state.editing = null;
  $("#composer")?.classList.remove("editing");
  $(".msg.editing")?.classList.remove("editing");
};

export const cancelEditing = () => {
  stopEditing();
  restore();
};

export const again = () => {
  const last = [...document.querySelectorAll("#thread .reply")].pop();
  if (writing() || !last) return;
  last.remove();
  begin("zhiji/again", { id: state.open.id }, null);
};

export const undo = async () => {
  if (writing()) return;
  try {
    const { text, id } = await post("zhiji/undo", { id: state.open.id });
    if (id) await redraw();
    else {
      history.replaceState(null, "", "#/");
      await show();
    }
    box().value = box().value ? `${text}\n${box().value}` : text;
    fit();
    save();
    box().focus();
    sideChanged();
  } catch (error) {
    say(error.message);
  }
};

export const temporary = async () => {
  try {
    const { id } = await post("zhiji/temporary", {});
    location.hash = hashOf(id);
  } catch (error) {
    say(error.message);
  }
};

export const raw = (message) => message.dataset.raw ?? $(".body", message).textContent;
