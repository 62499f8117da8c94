/* What is due is announced, by the browser too if the person has asked for that with a click. */

import { $, announce } from "./basics.js";

const can = () => "Notification" in window;

document.addEventListener("click", async (event) => {
  if (!event.target.closest?.("#notify-me") || !can()) return;
  await Notification.requestPermission();
  offer();
});

/* The button is there as long as nothing was chosen. */
const offer = () => {
  if ($("#notify-me")) $("#notify-me").hidden = !can() || Notification.permission !== "default";
};

const due = () => {
  for (const one of document.querySelectorAll("#due [data-new]")) {
    announce(one.dataset.new);
    if (can() && Notification.permission === "granted") new Notification("知己 Zhiji", { body: one.dataset.new });
    delete one.dataset.new;
  }
};

export const reminded = (target) => {
  if (target.id === "due") due();
  if (target.id === "side-reminders") offer();
};
