import { words } from "./words.js";

const DEFAULT_LIMIT = 10;
const LEAST_SHOWN_SHARE = 0.1;

/**
 * Finds the words that a text uses most.
 *
 * @param {string} text the text to count the words of
 * @param {object} [options] what to report
 * @param {number} [options.limit=10] the greatest number of entries
 * @param {string[]} [options.ignore=[]] words to leave out, in upper or lower case; the shares still count them
 * @returns {{word: string, count: number, share: number}[]} the most frequent word first, equally frequent words in
 *   the order of their first use; `share` is the part of all words of the text, rounded to three decimals
 * @throws {RangeError} if `limit` is not an integer or is less than 1
 * @throws {TypeError} if `text` is not a string
 */
export function mostFrequent(text, options = {}) {
  const { limit = DEFAULT_LIMIT, ignore = [] } = options;
  if (!Number.isInteger(limit) || limit < 1) {
    throw new RangeError(`limit must be a whole number from 1, not ${String(limit)}`);
  }

  const allWords = words(text);
  // Cut like the text, so that case and apostrophes are written alike on both sides.
  const ignored = new Set(ignore.flatMap((word) => words(word)));
  const counts = countEach(allWords.filter((word) => !ignored.has(word)));

  // The map keeps the order of first use and the sort is stable, so equal counts stay in that order.
  return [...counts]
    .sort(([, countA], [, countB]) => countB - countA)
    .slice(0, limit)
    .map(([word, count]) => ({ word, count, share: roundedShare(count, allWords.length) }));
}

/**
 * Writes entries of `mostFrequent` as a table for a terminal.
 *
 * @param {{word: string, count: number, share: number}[]} entries the entries, in the order of the lines
 * @returns {string} one line an entry, without a line break at the end, or `no words` if there are no entries
 */
export function table(entries) {
  if (entries.length === 0) {
    return "no words";
  }

  const width = entries.reduce((widest, { count }) => Math.max(widest, String(count).length), 0);
  return entries
    .map(({ word, count, share }) => {
      const line = `${String(count).padStart(width)}  ${word}`;
      return share >= LEAST_SHOWN_SHARE ? `${line}  ${wholePercent(share)}%` : line;
    })
    .join("\n");
}

function countEach(items) {
  const counts = new Map();
  for (const item of items) {
    counts.set(item, (counts.get(item) ?? 0) + 1);
  }
  return counts;
}

function roundedShare(count, total) {
  // Multiplying before dividing keeps exact halves exact.
  return Math.round((count * 1000) / total) / 1000;
}

function wholePercent(share) {
  // Shifting the decimal point keeps halves exact: 0.145 * 100 is less than 14.5.
  return Math.round(Number(`${share}e2`));
}
