import assert from "node:assert";
import { describe, test } from "node:test";

import { mostFrequent, table } from "../src/report.js";

describe("mostFrequent", () => {
  // @req FR-001, FR-002
  test("orders by frequency, then by first use", () => {
    assert.deepStrictEqual(mostFrequent("b a c a"), [
      { word: "a", count: 2, share: 0.5 },
      { word: "b", count: 1, share: 0.25 },
      { word: "c", count: 1, share: 0.25 },
    ]);
  });

  // @req FR-003
  test("takes no more than the limit", () => {
    assert.deepStrictEqual(mostFrequent("a b a", { limit: 1 }), [{ word: "a", count: 2, share: 0.667 }]);
  });

  // @req FR-004
  test("leaves out what is to be ignored, and counts it in the shares", () => {
    assert.deepStrictEqual(mostFrequent("The cat", { ignore: ["THE"] }), [{ word: "cat", count: 1, share: 0.5 }]);
  });

  // @req FR-010
  test("refuses a limit below one", () => {
    assert.throws(() => mostFrequent("a", { limit: 0 }), {
      name: "RangeError",
      message: "limit must be a whole number from 1, not 0",
    });
  });
});

describe("table", () => {
  // @req FR-005
  test("aligns the counts and shows great shares", () => {
    const entries = [
      { word: "word", count: 12, share: 0.667 },
      { word: "rare", count: 1, share: 0.056 },
    ];
    assert.strictEqual(table(entries), "12  word  67%\n 1  rare");
  });

  // @req FR-006
  test("says that there are no words", () => {
    assert.strictEqual(table([]), "no words");
  });
});
