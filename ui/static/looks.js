/* Light and dark, and the language. */

import { $ } from "./basics.js";

export const theme = (name) => {
  if (name) localStorage.setItem("zhiji-theme", name);
  const wanted = localStorage.getItem("zhiji-theme") ?? "auto";
  const dark = wanted === "dark" || (wanted === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.body.classList.toggle("dark", dark);
  document.documentElement.style.colorScheme = dark ? "dark" : "light";
  if ($("#theme")) $("#theme").value = wanted;
};

/* The names of the tabs are Gradio's, which looks at the browser's language once: a choice needs a cookie and a reload. */
export const speak = (language) => {
  const age = language === "auto" ? "max-age=0" : "max-age=31536000";
  document.cookie = `zhiji-language=${language}; path=/; samesite=strict; ${age}`;
};
