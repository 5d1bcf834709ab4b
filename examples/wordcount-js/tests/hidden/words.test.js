import assert from "node:assert";
import { test } from "node:test";

import { words } from "../../src/words.js";

// @req FR-004
test("both apostrophes are one", () => {
  assert.deepStrictEqual(words("don’t don't"), ["don't", "don't"]);
});

// @req FR-005
test("composed and decomposed letters are one", () => {
  assert.deepStrictEqual(words("caf\u00e9 cafe\u0301"), ["caf\u00e9", "caf\u00e9"]);
});

// @req FR-002
test("marks belong to their letters, underscores to none", () => {
  assert.deepStrictEqual(words("हिन्दी snake_case"), ["हिन्दी", "snake", "case"]);
});

// @req FR-003
test("joints join only between two characters of a word", () => {
  assert.deepStrictEqual(words("rock-'n'-roll 1-2 a-"), ["rock", "n", "roll", "1-2", "a"]);
  assert.deepStrictEqual(words("mother-in-law's"), ["mother-in-law's"]);
});

// @req FR-010
test("null is named as what it is", () => {
  assert.throws(() => words(null), { name: "TypeError", message: "text must be a string, not null" });
  assert.throws(() => words(), { name: "TypeError", message: "text must be a string, not undefined" });
  assert.throws(() => words(["a"]), { name: "TypeError", message: "text must be a string, not object" });
});
