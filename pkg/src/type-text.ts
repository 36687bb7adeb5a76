// Types as the engine spells them: `array<int>`, `map<string,int>`, `struct<a:int,b:string>`.

/** `array<T>` as `["array", [["element", T]]]`, and so on. */
export function splitType(type: string): [string, [string, string][]] {
  const match = /^(array|map|struct)<(.*)>$/s.exec(type);
  if (!match) return [type, []];
  const [, outer = "", inside = ""] = match;
  const parts = splitTop(inside);
  if (outer === "array") return [outer, [["element", inside]]];
  if (outer === "map")
    return [
      outer,
      [
        ["key", parts[0] ?? ""],
        ["value", parts[1] ?? ""],
      ],
    ];
  return [
    outer,
    parts.map((part): [string, string] => {
      const field = /^(?:`((?:[^`]|``)*)`|([^:]*)):(.*)$/s.exec(part);
      return field ? [field[1]?.replaceAll("``", "`") ?? field[2] ?? "", field[3] ?? ""] : [part, ""];
    }),
  ];
}

/** Parts between the commas that are in no bracket and no backticks. */
export function splitTop(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let begin = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === "`") quoted = !quoted;
    else if (quoted) continue;
    else if (c === "<" || c === "(") depth++;
    else if (c === ">" || c === ")") depth--;
    else if (c === "," && depth === 0) {
      parts.push(text.slice(begin, i).trim());
      begin = i + 1;
    }
  }
  const last = text.slice(begin).trim();
  return last === "" && parts.length === 0 ? parts : [...parts, last];
}
