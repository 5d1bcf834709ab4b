import assert from "node:assert";
import { describe, test } from "node:test";

import { words } from "../src/words.js";

// @req FR-001
test("words come in the order of the text, in lower case", () => {
  assert.deepStrictEqual(words("One two, two."), ["one", "two", "two"]);
});

// @req FR-002
test("letters and digits of any script make words", () => {
  assert.deepStrictEqual(words("Überraschung in 東京, 3 mal"), ["überraschung", "in", "東京", "3", "mal"]);
});

describe("apostrophes and hyphens", () => {
  // @req FR-003
  test("join inside a word", () => {
    assert.deepStrictEqual(words("don't well-known"), ["don't", "well-known"]);
  });

  // @req FR-003
  test("join nothing elsewhere", () => {
    assert.deepStrictEqual(words("'quoted' a--b -c"), ["quoted", "a", "b", "c"]);
  });
});

// @req FR-006
test("a text without words gives none", () => {
  assert.deepStrictEqual(words(""), []);
  assert.deepStrictEqual(words(" … — !"), []);
});

// @req FR-010
test("anything but a string is refused", () => {
  assert.throws(() => words(3), { name: "TypeError", message: "text must be a string, not number" });
});
