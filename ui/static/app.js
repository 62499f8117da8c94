/* What the browser does by itself: which chat is open (in the address, after #), sending, the reply as it is written,
   drafts, keys. Everything that is shown is drawn by the server; htmx fetches it. */
"use strict";

(() => {
  const $ = (selector, within = document) => within.querySelector(selector);
  const DRAFTS = "zhiji-draft:";
  const LONGEST_DRAFT = 100_000;
  let words = {};
  let open = { id: "", at: "" }; // the chat that is shown
  let visit = 0; // grows whenever another chat is shown, so that late answers know that they are late
  let stream = null;
  let editing = null; // the question that is being put differently
  let asked = null; // the key of the reply that was asked for last, by which it can be stopped
  const unsent = new Set(); // drafts on their way: their words are kept until they have arrived

  // Small things

  const say = (text) => {
    const toast = document.createElement("p");
    toast.className = "toast";
    toast.textContent = text;
    $("#toasts").append(toast);
    setTimeout(() => toast.remove(), 6000);
  };

  const announce = (text) => {
    if ($("#announce")) $("#announce").textContent = text;
  };

  const post = async (url, fields) => {
    let answer;
    try {
      answer = await fetch(url, { method: "POST", body: new URLSearchParams(fields) });
    } catch {
      throw new Error(words.no_connection);
    }
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  };

  const get = async (url) => {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(await answer.text());
    return answer.text();
  };

  const copy = async (text, button) => {
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
    announce(words.copied);
    if (button) {
      button.classList.add("done");
      setTimeout(() => button.classList.remove("done"), 1500);
    }
  };

  const tab = (name) => $(`#tab-${name}-button`)?.click();
  const sideChanged = () => htmx.trigger(document.body, "side-changed");
  const phone = () => window.innerWidth < 768;

  // Which chat is shown

  const address = () => {
    const [, kind, id = "", at = ""] = location.hash.split("/");
    if (kind === "c") return { id, at };
    if (kind === "t") return { id: `temporary-${id}`, at: "" };
    if (kind === "m") return { id: "", at: id };
    return { id: "", at: "" };
  };
  const hashOf = (id) =>
    !id ? "#/" : id.startsWith("temporary-") ? `#/t/${id.slice("temporary-".length)}` : `#/c/${id}`;

  const rename = (id) => {
    open.id = id;
    history.replaceState(null, "", hashOf(id));
    mark();
  };

  const mark = () => {
    for (const row of document.querySelectorAll(".talk")) {
      const link = $("a", row);
      if (row.dataset.id === open.id) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  };

  const show = async () => {
    const to = address();
    const mine = ++visit;
    leave();
    open = to;
    if (to.id || to.at || mine > 1) tab("chat");
    const query = new URLSearchParams({ id: to.id, at: to.at });
    try {
      const html = await get(`/zhiji/chat?${query}`);
      if (mine !== visit) return;
      draw(html);
      if (!open.id) open.id = $("#talk").dataset.id;
      restore();
      if (to.at) jump(to.at);
      if (phone()) closeSidebar();
    } catch (error) {
      if (mine !== visit) return;
      $("#chat").innerHTML = '<section id="talk" data-id=""><div id="thread"></div></section>';
      problem(error instanceof TypeError ? words.no_connection : error.message);
    }
  };

  const draw = (html) => {
    $("#chat").innerHTML = html;
    drawn();
  };

  const drawn = () => {
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
    stream?.close();
    stream = null;
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

  // Drafts

  const box = () => $("#message");
  const save = () => {
    if (!box() || editing) return;
    const key = DRAFTS + (open.id || "new");
    if (open.id.startsWith("temporary-") || box().disabled) return;
    if (!box().value && unsent.has(key)) return;
    if (box().value && box().value.length <= LONGEST_DRAFT) localStorage.setItem(key, box().value);
    else localStorage.removeItem(key);
  };
  const restore = (focus = true) => {
    box().disabled = false;
    box().value = localStorage.getItem(DRAFTS + (open.id || "new")) ?? "";
    fit();
    if (focus && !phone()) box().focus();
  };
  const fit = () => {
    box().style.height = "auto";
    const needed = box().scrollHeight; // 0 while another tab is shown
    if (needed) box().style.height = `${Math.min(needed, window.innerHeight * 0.4)}px`;
  };

  // Sending

  const busy = (is) => {
    if (!$("#send")) return;
    $("#send").hidden = is;
    $("#stop").hidden = !is;
  };
  const writing = () => $("#stop") && !$("#stop").hidden;

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

  const problem = (text) => {
    const shown = document.createElement("p");
    shown.className = "problem";
    shown.setAttribute("role", "alert");
    shown.textContent = text;
    $("#thread").append(shown);
    $("#thread").scrollTop = $("#thread").scrollHeight;
  };

  const send = async () => {
    const text = box().value.trim();
    if (!text || writing() || box().disabled) return;
    const most = Number($("#chat-panel").dataset.max);
    if (text.length > most) {
      problem(words.too_long.replace("{length}", text.length.toLocaleString()).replace("{most}", most.toLocaleString()));
      return;
    }
    const draft = DRAFTS + (open.id || "new");
    const changed = editing;
    asked = crypto.randomUUID();
    const fields = changed ? { message: changed, text } : { text, id: open.id, key: asked, ...switches() };
    if (changed) cutFrom(changed);
    stopEditing();
    if (changed) restore(); // what was being written before
    else box().value = "";
    fit();
    await begin(changed ? "/zhiji/edit" : "/zhiji/say", fields, text, changed ? null : draft);
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
    const mine = visit;
    if (draft) {
      if (text.length <= LONGEST_DRAFT && !open.id.startsWith("temporary-")) localStorage.setItem(draft, text);
      unsent.add(draft);
    }
    if (text === null) waiting();
    else optimistic(text);
    busy(true);
    announce(words.writing_reply);
    try {
      const { id } = await post(url, fields);
      unsent.delete(draft);
      if (localStorage.getItem(draft) === text) localStorage.removeItem(draft);
      sideChanged();
      if (mine !== visit) return;
      const isNew = !open.id;
      rename(id);
      follow();
      if (isNew) await titled();
    } catch (error) {
      unsent.delete(draft);
      if (mine !== visit) {
        say(error.message);
        return;
      }
      $("#thread .pending")?.remove();
      $("#live")?.remove();
      busy(false);
      if (text !== null) box().value = box().value ? `${text}\n${box().value}` : text;
      fit();
      save();
      if (url !== "/zhiji/say") await redraw().catch(() => {}); // what was taken away to be given again
      problem(error.message);
    }
  };

  const titled = async () => {
    if (!open.id) return;
    const mine = visit;
    const html = await get(`/zhiji/head?id=${encodeURIComponent(open.id)}`);
    if (mine !== visit || !$("#talk-head")) return;
    $("#talk-head").outerHTML = html;
    htmx.process($("#talk-head"));
  };

  const redraw = async () => {
    const mine = visit;
    const html = await get(`/zhiji/chat?${new URLSearchParams({ id: open.id })}`);
    if (mine === visit) draw(html);
  };

  // What was forgotten elsewhere is not to be read on in the chat, nor in its title
  const forgot = async () => {
    sideChanged();
    if (!open.id || writing() || editing) return;
    save();
    await redraw().catch(() => {});
    restore(false);
  };

  // The reply as it is written

  const follow = () => {
    const mine = visit;
    busy(true);
    stream?.close();
    stream = new EventSource(`/zhiji/live?id=${encodeURIComponent(open.id)}`);
    stream.addEventListener("reply", (event) => {
      if (mine === visit) grow(JSON.parse(event.data));
    });
    stream.addEventListener("error", () => {
      // it comes again by itself after a break; not after a refusal
      if (mine === visit && stream?.readyState === EventSource.CLOSED) over({});
    });
    stream.addEventListener("over", async (event) => {
      stream?.close();
      stream = null;
      if (mine === visit) await over(JSON.parse(event.data));
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
    const mine = visit;
    let html = "";
    try {
      html = await get(`/zhiji/turn?id=${encodeURIComponent(open.id)}`);
    } catch (error) {
      end.error ||= error.message;
    }
    if (mine !== visit) return;
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
    else announce(words.reply_done);
    asked = null;
    sideChanged();
    for (const changed of ["memories-changed", "profile-changed"]) htmx.trigger(document.body, changed);
  };

  const stop = () => post("/zhiji/stop", { id: open.id, key: asked ?? "" }).catch((error) => say(error.message));

  // What can be done with a message

  const edit = (message) => {
    if (writing()) return;
    save();
    editing = message;
    const asked = document.getElementById(`m-${message}`);
    asked.classList.add("editing");
    box().value = $(".body", asked).textContent;
    $("#composer").classList.add("editing");
    fit();
    box().focus();
  };

  const stopEditing = () => {
    editing = null;
    $("#composer")?.classList.remove("editing");
    $(".msg.editing")?.classList.remove("editing");
  };

  const cancelEditing = () => {
    stopEditing();
    restore();
  };

  const again = () => {
    const last = [...document.querySelectorAll("#thread .reply")].pop();
    if (writing() || !last) return;
    last.remove();
    begin("/zhiji/again", { id: open.id }, null);
  };

  const undo = async () => {
    if (writing()) return;
    try {
      const { text, id } = await post("/zhiji/undo", { id: open.id });
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

  const temporary = async () => {
    try {
      const { id } = await post("/zhiji/temporary", {});
      location.hash = hashOf(id);
    } catch (error) {
      say(error.message);
    }
  };

  const raw = (message) => message.dataset.raw ?? $(".body", message).textContent;

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
  const dialog = (html) => {
    $("#dialog").innerHTML = html;
    opened();
  };
  const opened = () => {
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
    } else if (event.key === "Escape" && editing) cancelEditing();
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

  // Looks

  const theme = (name) => {
    if (name) localStorage.setItem("zhiji-theme", name);
    const wanted = localStorage.getItem("zhiji-theme") ?? "auto";
    const dark = wanted === "dark" || (wanted === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
    document.body.classList.toggle("dark", dark);
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
    if ($("#theme")) $("#theme").value = wanted;
  };

  /* The names of the tabs are Gradio's, which looks at the browser's language once: a choice needs a cookie and a reload. */
  const speak = (language) => {
    const age = language === "auto" ? "max-age=0" : "max-age=31536000";
    document.cookie = `zhiji-language=${language}; path=/; samesite=strict; ${age}`;
  };

  // What htmx brings

  const answered = {
    "conversation-gone": (event) => {
      if (open.id === event.detail.value) box().value = "";
      localStorage.removeItem(DRAFTS + event.detail.value);
      if (open.id === event.detail.value) location.hash === "#/" ? show() : (location.hash = "#/");
    },
    "consent-changed": () => {
      if (!$("#consent")) return;
      $("#consent").remove();
      titled().catch(() => {}); // the switch above the chat may be moved now
    },
    "time-forgotten": async () => {
      sideChanged();
      if (!open.id) return;
      try {
        await redraw();
      } catch {
        open = { id: "", at: "" }; // all of it was of that time
        history.replaceState(null, "", "#/");
        draw(await get("/zhiji/chat?id=&at="));
      }
    },
    "model-changed": () => {
      window.zhiji.watching = true; // the line above the chat tells how far it is
    },
    saved: (event) => {
      say(words.saved);
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
    words = JSON.parse($("#words").textContent);
    show();
  };

  const boot = () => {
    document.body.insertAdjacentHTML("beforeend", '<dialog id="dialog"></dialog><div id="toasts" role="status"></div>');
    theme();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => theme());
    for (const [name, does] of Object.entries(answered)) document.body.addEventListener(name, does);
    document.body.addEventListener("htmx:responseError", (event) => say(event.detail.xhr.responseText));
    document.body.addEventListener("htmx:sendError", () => say(words.no_connection));
    document.body.addEventListener("htmx:afterSwap", (event) => {
      if (event.detail.target.id === "chat") {
        if (editing) cancelEditing(); // another version is shown
        drawn();
      }
      if (event.detail.target.id === "dialog") opened();
      if (event.detail.target.id === "side-list") mark();
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
})();
