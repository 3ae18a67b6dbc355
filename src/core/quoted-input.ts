/** What V8 and Node quote of the input that they refuse: it may be a row, so it is taken out of their messages. */

const NOT_JSON = ' is not valid JSON';

/** ERR_INVALID_ARG_TYPE and its kin, as they end; the kinds of thing that hold no data are kept. */
const RECEIVED = /(\. Received (?:type \w+ )?)(?!(?:undefined|null|function \w*|an instance of [\w$]+)$)[^\s][\s\S]*$/;

/** The message without the text that it says is no JSON, and without the value that it says is no argument. */
export function withoutInput(message: string): string {
  return withoutJson(message).replace(RECEIVED, '$1***');
}

/** `Unexpected token 'x', ..."some text"... is not valid JSON`; the text may hold quotes. */
function withoutJson(message: string): string {
  const end = message.lastIndexOf(NOT_JSON);
  const first = message.indexOf('"');
  const last = message.lastIndexOf('"', end);
  if (end === -1 || first === -1 || last <= first) return message;
  return `${message.slice(0, first + 1)}***${message.slice(last)}`;
}
