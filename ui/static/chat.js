/* Which chat is shown (in the address, after #), and the reply in it as it is written. */

import { $, announce, get, phone, post, say, sideChanged, tab } from "./basics.js";
import { box, busy, forgot, problem, restore, save, stopEditing } from "./composer.js";
import { state } from "./state.js";

// Which chat is shown

const address = () => {
  const [, kind, id = "", at = ""] = location.hash.split("/");
  if (kind === "c") return { id, at };
  if (kind === "t") return { id: `temporary-${id}`, at: "" };
  if (kind === "m") return { id: "", at: id };
  return { id: "", at: "" };
};
export const hashOf = (id) =>
  !id ? "#/" : id.startsWith("temporary-") ? `#/t/${id.slice("temporary-".length)}` : `#/c/${id}`;

export const rename = (id) => {
  state.open.id = id;
  history.replaceState(null, "", hashOf(id));
  mark();
};

export const mark = () => {
  for (const row of document.querySelectorAll(".talk")) {
    const link = $("a", row);
    if (row.dataset.id === state.open.id) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
};

export const show = async () => {
  const to = address();
  const mine = ++state.visit;
  leave();
  state.open = to;
  if (to.id || to.at || mine > 1) tab("chat");
  const query = new URLSearchParams({ id: to.id, at: to.at });
  try {
    const html = await get(`zhiji/chat?${query}`);
    if (mine !== state.visit) return;
    draw(html);
    if (!state.open.id) state.open.id = $("#talk").dataset.id;
    restore();
    if (to.at) jump(to.at);
    if (phone()) closeSidebar();
  } catch (error) {
    if (mine !== state.visit) return;
    $("#chat").innerHTML = '<section id="talk" data-id=""><div id="thread"></div></section>';
    problem(error instanceof TypeError ? state.words.no_connection : error.message);
  }
};

export const draw = (html) => {
  $("#chat").innerHTML = html;
  drawn();
};

export const drawn = () => {
  htmx.process($("#chat"));
  stopEditing();
  mark();
  const thread = $("#thread");
  thread.scrollTop = thread.scrollHeight;
  if ("live" in $("#talk").dataset) follow();
  else busy(false);
};

const leave = () => {
  save();
  state.stream?.close();
  state.stream = null;
  stopEditing();
  box().value = ""; // nothing can be sent until the other chat is there: it would go to the wrong one
  box().disabled = true;
};

const jump = (message) => {
  const found = document.getElementById(`m-${message}`);
  if (!found) return;
  found.scrollIntoView({ block: "center" });
  found.classList.add("found");
  setTimeout(() => found.classList.remove("found"), 3000);
};

const closeSidebar = () => {
  const bar = $("#sidebar");
  if (bar?.classList.contains("open")) $(".toggle-button", bar)?.click();
};

// The reply as it is written

export const follow = () => {
  const mine = state.visit;
  busy(true);
  state.stream?.close();
  state.stream = new EventSource(`zhiji/live?id=${encodeURIComponent(state.open.id)}`);
  state.stream.addEventListener("reply", (event) => {
    if (mine === state.visit) grow(JSON.parse(event.data));
  });
  state.stream.addEventListener("error", () => {
    // it comes again by itself after a break; not after a refusal
    if (mine === state.visit && state.stream?.readyState === EventSource.CLOSED) over({});
  });
  state.stream.addEventListener("over", async (event) => {
    state.stream?.close();
    state.stream = null;
    if (mine === state.visit) await over(JSON.parse(event.data));
  });
};

const grow = (now) => {
  const live = $("#live");
  if (!live) return;
  const thread = $("#thread");
  const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
  if (now.html) $(".body", live).innerHTML = now.html;
  $(".note", live).hidden = Boolean(now.html);
  $(".note-text", live).textContent = now.note ?? "";
  if (atEnd) thread.scrollTop = thread.scrollHeight;
};

const over = async (end) => {
  const mine = state.visit;
  let html = "";
  try {
    html = await get(`zhiji/turn?id=${encodeURIComponent(state.open.id)}`);
  } catch (error) {
    end.error ||= error.message;
  }
  if (mine !== state.visit) return;
  const live = $("#live");
  if (html && live) {
    const thread = $("#thread");
    const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
    const turn = document.createElement("template");
    turn.innerHTML = html;
    const first = document.getElementById($(".question", turn.content)?.id) ?? $("#thread .pending");
    while (first?.nextElementSibling) first.nextElementSibling.remove();
    first?.remove();
    $("#live")?.remove();
    for (const old of thread.querySelectorAll("[data-again], [data-undo]")) old.remove();
    thread.append(turn.content);
    htmx.process(thread);
    if (atEnd) thread.scrollTop = thread.scrollHeight;
  } else live?.remove();
  busy(false);
  if (end.error) problem(end.error);
  else announce(state.words.reply_done);
  state.asked = null;
  sideChanged();
  for (const changed of ["memories-changed", "profile-changed", "reminders-changed"]) htmx.trigger(document.body, changed);
  if ($("#thread .reply:last-child[data-forgot]")) await forgot();
};

export const stop = () => post("zhiji/stop", { id: state.open.id, key: state.asked ?? "" }).catch((error) => say(error.message));
