/* What the browser does by itself: which chat is open, sending, the reply as it is written, drafts, keys. Everything that is
   shown is drawn by the server; htmx fetches it. This module begins it, and says what follows on what htmx brings. */

import { $, get, say, sideChanged } from "./basics.js";
import { draw, drawn, mark, show } from "./chat.js";
import { box, cancelEditing, forgot, redraw, save, titled } from "./composer.js";
import { opened } from "./controls.js";
import { speak, theme } from "./looks.js";
import { reminded } from "./reminders.js";
import { DRAFTS, state } from "./state.js";

const answered = {
  "conversation-gone": (event) => {
    if (state.open.id === event.detail.value) box().value = "";
    localStorage.removeItem(DRAFTS + event.detail.value);
    if (state.open.id === event.detail.value) location.hash === "#/" ? show() : (location.hash = "#/");
  },
  "consent-changed": () => {
    if (!$("#consent")) return;
    $("#consent").remove();
    titled().catch(() => {}); // the switch above the chat may be moved now
  },
  "time-forgotten": async () => {
    sideChanged();
    if (!state.open.id) return;
    try {
      await redraw();
    } catch {
      state.open = { id: "", at: "" }; // all of it was of that time
      history.replaceState(null, "", "#/");
      draw(await get("zhiji/chat?id=&at="));
    }
  },
  "model-changed": () => {
    window.zhiji.watching = true; // the line above the chat tells how far it is
  },
  saved: (event) => {
    say(state.words.saved);
    if (event.detail.language) {
      speak(event.detail.language);
      location.reload();
    }
  },
  erased: () => {
    box().value = "";
    box().disabled = true;
    for (const key of Object.keys(localStorage)) if (key.startsWith(DRAFTS)) localStorage.removeItem(key);
    history.replaceState(null, "", "#/");
    location.reload();
  },
};

const begun = () => {
  state.words = JSON.parse($("#words").textContent);
  show();
};

const boot = () => {
  document.body.insertAdjacentHTML("beforeend", '<dialog id="dialog"></dialog><div id="toasts" role="status"></div>');
  theme();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => theme());
  for (const [name, does] of Object.entries(answered)) document.body.addEventListener(name, does);
  document.body.addEventListener("htmx:responseError", (event) => say(event.detail.xhr.responseText));
  document.body.addEventListener("htmx:sendError", () => say(state.words.no_connection));
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "chat") {
      if (state.editing) cancelEditing(); // another version is shown
      drawn();
    }
    if (event.detail.target.id === "dialog") opened();
    if (event.detail.target.id === "side-list") mark();
    reminded(event.detail.target);
  });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.closest?.("#settings") || $("#theme")) theme();
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const { elt, successful } = event.detail;
    if (!successful) return;
    if ("reset" in elt.dataset) elt.reset();
    if (elt.closest("#dialog") && event.detail.requestConfig.verb === "post") $("#dialog").close();
    if (elt.matches('[hx-post*="/fact/"]')) htmx.trigger(document.body, "profile-changed");
    if (event.detail.requestConfig.path.endsWith("/forget") && !elt.closest("#chat")) forgot(); // elt is one that is left
  });
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, target } = event.detail;
    if ("clears" in elt.dataset) target.replaceChildren(); // or what is said of another file would stand beside this one's error
  });
  document.body.addEventListener("htmx:load", (event) => {
    if (event.detail.elt.id === "chat-panel") begun();
    if (event.detail.elt.dataset?.stage) {
      const loading = ["idle", "loading"].includes(event.detail.elt.dataset.stage);
      if (window.zhiji.watching && !loading) htmx.trigger(document.body, "settings-changed");
      window.zhiji.watching = loading;
    }
    if (event.detail.elt.id === "side") {
      document.head.append($("#zhiji-style").cloneNode()); // after Gradio's own, which came later and would win
      document.documentElement.lang = event.detail.elt.lang;
      const set = event.detail.elt.dataset.language;
      const cookie = document.cookie.match(/zhiji-language=(en|zh)/)?.[1] ?? "auto";
      if (set !== cookie) {
        speak(set);
        if ((document.cookie.match(/zhiji-language=(en|zh)/)?.[1] ?? "auto") === set) location.reload();
      }
    }
  });
  window.zhiji = { watching: true };
};

if (document.body) boot();
else document.addEventListener("DOMContentLoaded", boot);
window.addEventListener("hashchange", show);
window.addEventListener("beforeunload", save);
