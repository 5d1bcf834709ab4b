// Tells each test of node's runner as one line of JSON, in a file that no print statement reaches.
const shown = (value) => {
  try {
    return value === undefined ? "" : JSON.stringify(value).slice(0, 400);
  } catch {
    return String(value).slice(0, 400);
  }
};

export default async function* (source) {
  const names = [];
  for await (const { type, data } of source) {
    if (type === "test:start") {
      names.length = data.nesting;
      names.push(data.name);
    }
    if (type !== "test:pass" && type !== "test:fail") continue;
    const error = data.details?.error;
    const cause = error?.cause ?? error;
    yield JSON.stringify({
      name: [...names.slice(0, data.nesting), data.name].join("::"),
      file: data.file ?? "",
      suite: data.details?.type === "suite",
      outcome: data.skip !== undefined || data.todo !== undefined ? "skipped" : type === "test:pass" ? "passed" : "failed",
      seconds: (data.details?.duration_ms ?? 0) / 1000,
      message: type === "test:fail" ? String(cause?.message ?? cause).slice(0, 400) : "",
      expected: cause?.operator ? shown(cause.expected) : "",
      actual: cause?.operator ? shown(cause.actual) : "",
    }) + "\n";
  }
}
