/** The program's editor and the highlighting of SQL: CodeMirror with colours from the style sheet. */
import { autocompletion, closeBrackets, closeBracketsKeymap, type Completion, type CompletionContext, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { javascript, javascriptLanguage } from "@codemirror/lang-javascript";
import { SQLite } from "@codemirror/lang-sql";
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { highlightCode, tags } from "@lezer/highlight";
import { Column, DataFrame, F } from "moltres";

// Classes, not colours: the style sheet has one set for light and one for dark.
const highlighting = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.definitionKeyword], class: "t-keyword" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], class: "t-string" },
  { tag: [tags.number, tags.bool, tags.null], class: "t-number" },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], class: "t-comment" },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName), tags.standard(tags.name)], class: "t-function" },
  { tag: [tags.propertyName, tags.special(tags.name)], class: "t-property" },
  { tag: [tags.typeName, tags.className], class: "t-type" },
]);

/** Names that completion offers beside the language's own. */
export interface Vocabulary {
  readonly tables: readonly string[];
  readonly columns: readonly string[];
}

const methods = (prototype: object, detail: string): Completion[] =>
  allNames(prototype).filter((name) => /^[a-z]/.test(name) && name !== "constructor" && !name.endsWith("Sync")).map((label) => ({ label, type: "method", detail }));

function allNames(prototype: object): string[] {
  const names = new Set<string>();
  for (let at: object | null = prototype; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) for (const name of Object.getOwnPropertyNames(at)) names.add(name);
  return [...names];
}

const afterDot: Completion[] = [...methods(DataFrame.prototype, "frame"), ...methods(Column.prototype, "column")];
const functions: Completion[] = Object.keys(F).map((label) => ({ label, type: "function" }));
const globals: Completion[] = ["db", "col", "lit", "expr", "when", "F", "Window", "sql", "print"].map((label) => ({ label, type: "variable" }));

function complete(context: CompletionContext, vocabulary: () => Vocabulary) {
  const { tables, columns } = vocabulary();
  const inString = context.matchBefore(/["'][^"'\n]*/);
  if (inString && /^String/.test(javascriptLanguage.parser.parse(context.state.doc.toString()).resolveInner(context.pos, -1).name)) {
    return { from: inString.from + 1, options: [...columns, ...tables].map((label) => ({ label, type: "property" })), validFor: /^[^"']*$/ };
  }
  const member = context.matchBefore(/\.\w*/);
  if (member) {
    const before = context.state.sliceDoc(Math.max(0, member.from - 1), member.from);
    return { from: member.from + 1, options: before === "F" ? functions : afterDot, validFor: /^\w*$/ };
  }
  const word = context.matchBefore(/\w+/);
  if (!word && !context.explicit) return null;
  return { from: word?.from ?? context.pos, options: [...globals, ...tables.map((label) => ({ label, type: "variable", detail: "table" }))], validFor: /^\w*$/ };
}

export interface Editor {
  text(): string;
  replace(text: string): void;
  focus(): void;
}

export function createEditor(parent: HTMLElement, run: () => void, vocabulary: () => Vocabulary): Editor {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        highlightActiveLine(),
        placeholder("A DataFrame program. The last expression is shown."),
        javascript(),
        syntaxHighlighting(highlighting),
        autocompletion({ override: [(context) => complete(context, vocabulary)] }),
        keymap.of([{ key: "Mod-Enter", run: () => (run(), true) }, ...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap]),
        EditorView.contentAttributes.of({ "aria-label": "DataFrame program", spellcheck: "false" }),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    replace: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    focus: () => view.focus(),
  };
}

/** SQL as coloured text. */
export function highlightSql(sql: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  highlightCode(
    sql,
    SQLite.language.parser.parse(sql),
    highlighting,
    (text, classes) => {
      if (!classes) return fragment.append(text);
      const span = document.createElement("span");
      span.className = classes;
      span.textContent = text;
      fragment.append(span);
    },
    () => fragment.append("\n"),
  );
  return fragment;
}
