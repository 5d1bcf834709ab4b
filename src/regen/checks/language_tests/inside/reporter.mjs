// Tells each test of node's runner as one line of JSON behind a word that nobody else is handed, on descriptor 9.
// What it needs of the language is taken before the code under test is loaded, which could change it.
import fs from "node:fs";

const { parse, stringify } = JSON;
const { writeSync } = fs;
const text = String;
const { word, ...job } = parse(fs.readFileSync(0, "utf8"));
let isTaken = false;

/** Gives the job to who asks first: our own harness. */
export const take = () => {
  if (isTaken) throw new Error("the job was given away");
  isTaken = true;
  return job;
};

const shown = (value) => {
  try {
    return value === undefined ? "" : stringify(value);
  } catch {
    return text(value);
  }
};

export default async function* (source) {
  const names = { __proto__: null };
  for await (const { type, data } of source) {
    if (type === "test:start") names[data.nesting] = data.name;
    if (type !== "test:pass" && type !== "test:fail") continue;
    const error = data.details?.error;
    const cause = error?.cause ?? error;
    let name = data.name;
    for (let level = data.nesting - 1; level >= 0; level--) name = `${names[level]}::${name}`;
    const line = stringify({
      __proto__: null,
      name,
      file: data.file ?? "",
      suite: data.details?.type === "suite",
      outcome: data.skip !== undefined || data.todo !== undefined ? "skipped" : type === "test:pass" ? "passed" : "failed",
      seconds: (data.details?.duration_ms ?? 0) / 1000,
      message: type === "test:fail" ? text(cause?.message ?? cause) : "",
      expected: cause?.operator ? shown(cause.expected) : "",
      actual: cause?.operator ? shown(cause.actual) : "",
    });
    writeSync(9, `${word} ${line}\n`);
  }
}
