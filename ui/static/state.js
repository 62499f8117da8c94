/* What the page knows while it is open. */

export const DRAFTS = "zhiji-draft:";
export const LONGEST_DRAFT = 100_000;

export const state = {
  words: {}, // what the page says by itself, in the person's language
  open: { id: "", at: "" }, // the chat that is shown
  visit: 0, // grows whenever another chat is shown, so that late answers know that they are late
  stream: null, // the events of the reply that is being written
  editing: null, // the question that is being put differently
  asked: null, // the key of the reply that was asked for last, by which it can be stopped
  unsent: new Set(), // drafts on their way: their words are kept until they have arrived
};
