// Each part begins with a letter or digit: a mark that follows neither, such as the variation selector
// of an emoji, belongs to no letter and makes no word.
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:['’-][\p{L}\p{N}][\p{L}\p{N}\p{M}]*)*/gu;

/**
 * Cuts a text into the words that a person would count, in any alphabet.
 *
 * @param {string} text the text to cut
 * @returns {string[]} the words in the order of the text, each in lower case and with `'` for `’`
 * @throws {TypeError} if `text` is not a string
 */
export function words(text) {
  if (typeof text !== "string") {
    const type = text === null ? "null" : typeof text;
    throw new TypeError(`text must be a string, not ${type}`);
  }
  const matches = text.normalize("NFC").matchAll(WORD);
  return Array.from(matches, ([word]) => word.toLowerCase().replaceAll("’", "'"));
}
