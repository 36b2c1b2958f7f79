import { MongoError, unsupported } from '../../errors.js';

export interface RegexModes {
  multiline: boolean;
  dotAll: boolean;
  extended: boolean;
}

/** `$` of PCRE also holds before a newline that ends the subject. */
const END = '(?=\\n?(?![^]))';
const LINE_END = '(?=\\n|(?![^]))';
const LINE_START = '(?:(?<![^])|(?<=\\n)(?=[^]))';

/** White space of PCRE is ASCII, that of JavaScript is not. */
const SPACE = '\\t-\\r ';
const NOT_SPACE = '\\0-\\x08\\x0e-\\x1f!-\\u{10ffff}';

/** Escapes that both dialects have, with the same meaning. */
const SHARED_ESCAPE = /^\\(?:[dDwWtnrfv]|x[0-9a-fA-F]{2})/;
const GROUP_START = /^\((?:\?(?::|=|!|<=|<!|P?<([A-Za-z_]\w*)>))?/;
const QUANTIFIER = /^(?:[*+?]|\{\d+(?:,\d*)?\})/;
const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z', digit: '0-9', alnum: 'A-Za-z0-9', upper: 'A-Z', lower: 'a-z', space: SPACE,
  punct: '!-\\/:-@\\[-`\\{-~', xdigit: '0-9A-Fa-f', word: '\\w',
}; // prettier-ignore

/**
 * Rewrites a PCRE pattern for JavaScript's `u` mode.
 *
 * @throws MongoError 115 for what cannot be carried over, and for a repetition of what can match in several ways: `(a+)+`
 *   and `(a|a)*` take exponential time to fail, and PCRE's limit on that has no counterpart here
 */
export function translatePattern(pattern: string, modes: RegexModes): Translation {
  return new Translator(pattern, modes).run();
}

export interface Translation {
  source: string;
  /** How many unbounded repetitions there are. */
  repetitions: number;
}

class Translator {
  private at = 0;
  private out = '';
  /** Per open group, whether it can match one text in several ways: by a repetition or an alternative. */
  private readonly groups: boolean[] = [false];
  /** Whether what a quantifier would apply to can. */
  private lastIsAmbiguous = false;
  private repetitions = 0;

  constructor(
    private readonly pattern: string,
    private readonly modes: RegexModes,
  ) {}

  run(): Translation {
    while (this.at < this.pattern.length) this.step();
    if (this.groups.length !== 1) throw invalid('missing closing parenthesis');
    return { source: this.out, repetitions: this.repetitions };
  }

  private get rest(): string {
    return this.pattern.slice(this.at);
  }

  private step(): void {
    const char = String.fromCodePoint(this.pattern.codePointAt(this.at)!);
    if (this.modes.extended && /[\s#]/.test(char)) return this.skipComment(char);
    if (char === '\\') return this.escape();
    if (char === '[') return this.atom(this.characterClass());
    if (char === '(') return this.openGroup();
    if (char === ')') return this.closeGroup();
    const quantifier = QUANTIFIER.exec(this.rest)?.[0];
    if (quantifier !== undefined) return this.quantify(quantifier);
    this.at += char.length;
    if (char === '|') this.groups[this.groups.length - 1] = true;
    this.atom(this.plain(char));
  }

  private plain(char: string): string {
    if (char === '.') return this.modes.dotAll ? '[^]' : '[^\\n]';
    if (char === '$') return this.modes.multiline ? LINE_END : END;
    if (char === '^') return this.modes.multiline ? LINE_START : '^';
    return '{}]/'.includes(char) ? `\\${char}` : char;
  }

  private atom(source: string): void {
    this.out += source;
    this.lastIsAmbiguous = false;
  }

  private skipComment(char: string): void {
    const end = char === '#' ? this.pattern.indexOf('\n', this.at) : this.at;
    this.at = end < 0 ? this.pattern.length : end + 1;
  }

  private escape(): void {
    const shared = SHARED_ESCAPE.exec(this.rest)?.[0];
    if (shared !== undefined) return this.take(shared, shared);
    const char = this.pattern.charAt(this.at + 1);
    if (char === 'Q') return this.literal();
    const known = this.knownEscape(char);
    if (known !== undefined) return this.take(`\\${char}`, known);
    if (char === '' || /[A-Za-z0-9]/.test(char)) throw unsupported(`\\${char} in a $regex`);
    const whole = String.fromCodePoint(this.pattern.codePointAt(this.at + 1)!);
    this.take(`\\${whole}`, quote(whole));
  }

  private knownEscape(char: string): string | undefined {
    if (/[1-9]/.test(char) && !/\d/.test(this.pattern.charAt(this.at + 2))) return `(?:\\${char})`;
    const sources: Readonly<Record<string, string>> = {
      s: `[${SPACE}]`, S: `[^${SPACE}]`, b: '\\b', B: '\\B', A: '(?<![^])', z: '(?![^])', Z: END, e: '\\x1b', a: '\\x07',
      h: '[\\t \\xa0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000]',
    }; // prettier-ignore
    return sources[char];
  }

  private take(given: string, source: string): void {
    this.at += given.length;
    this.atom(source);
  }

  /** `\Q…\E` takes what is between literally. */
  private literal(): void {
    const start = this.at + 2;
    const found = this.pattern.indexOf('\\E', start);
    const end = found < 0 ? this.pattern.length : found;
    this.at = found < 0 ? end : end + 2;
    this.atom(this.pattern.slice(start, end).replace(/./gsu, quote));
  }

  private openGroup(): void {
    const match = GROUP_START.exec(this.rest)!;
    if (match[0] === '(' && '?*'.includes(this.pattern.charAt(this.at + 1) || ' ')) {
      throw unsupported(`${this.pattern.slice(this.at, this.at + 4)} in a $regex`);
    }
    this.at += match[0].length;
    this.out += match[1] === undefined ? match[0] : `(?<${match[1]}>`;
    this.groups.push(false);
    this.lastIsAmbiguous = false;
  }

  private closeGroup(): void {
    if (this.groups.length === 1) throw invalid('unmatched closing parenthesis');
    this.at += 1;
    this.out += ')';
    this.lastIsAmbiguous = this.groups.pop()!;
    this.groups[this.groups.length - 1] ||= this.lastIsAmbiguous;
  }

  private quantify(quantifier: string): void {
    const isUnbounded = quantifier === '*' || quantifier === '+' || quantifier.endsWith(',}');
    const many = isUnbounded || quantifier.startsWith('{');
    if (this.lastIsAmbiguous && many) throw unsupported('a repetition like (a+)+ or (a|b)+ in a $regex');
    this.at += quantifier.length;
    const mode = this.pattern.charAt(this.at);
    if (mode === '+') throw unsupported(`${quantifier}+ in a $regex`);
    if (mode === '?') this.at += 1;
    this.out += quantifier + (mode === '?' ? '?' : '');
    this.groups[this.groups.length - 1] = true;
    if (isUnbounded) this.repetitions += 1;
    this.lastIsAmbiguous = false;
  }

  private characterClass(): string {
    let source = '[';
    this.at += 1;
    if (this.pattern.charAt(this.at) === '^') source += this.next();
    // A bracket that comes first is one of the characters.
    if (this.pattern.charAt(this.at) === ']') source += `\\${this.next()}`;
    while (this.pattern.charAt(this.at) !== ']') {
      if (this.at >= this.pattern.length) throw invalid('missing terminating ] for character class');
      const member = this.classMember();
      source += member;
      // `[\w-.]`: after a set of characters a hyphen is one of the characters.
      if (member.length > 1 && this.pattern.charAt(this.at) === '-') source += `\\${this.next()}`;
    }
    return source + this.next();
  }

  private classMember(): string {
    const posix = /^\[:(\^?)([a-z]+):\]/.exec(this.rest);
    if (posix) return this.posixClass(posix);
    if (/^\[[.=]/.test(this.rest)) throw unsupported('a collating element in a $regex');
    const char = this.pattern.charAt(this.at);
    if (char !== '\\') {
      this.at += 1;
      return '[/&'.includes(char) ? quote(char) : char;
    }
    return this.classEscape();
  }

  private posixClass([whole, not, name]: RegExpExecArray): string {
    const members = POSIX_CLASSES[name!];
    if (members === undefined || not !== '') throw unsupported(`${whole} in a $regex`);
    this.at += whole.length;
    return members;
  }

  private classEscape(): string {
    const shared = SHARED_ESCAPE.exec(this.rest)?.[0];
    const char = this.pattern.charAt(this.at + 1);
    this.at += shared?.length ?? 2;
    if (shared !== undefined) return shared;
    if (char === 's') return SPACE;
    if (char === 'S') return NOT_SPACE;
    if (char === 'b') return '\\x08';
    if (char === '' || /[A-Za-z0-9]/.test(char)) throw unsupported(`\\${char} in a $regex`);
    return quote(char);
  }

  private next(): string {
    return this.pattern.charAt(this.at++);
  }
}

/** Every other character stands for itself in `u` mode; these may be escaped there. */
const quote = (char: string): string => (/[\^$\\.*+?()[\]{}|/-]/.test(char) ? escaped(char) : char);

/** `\-` is only allowed inside a class; `\x2d` everywhere. */
const escaped = (char: string): string => (char === '-' ? '\\x2d' : `\\${char}`);

const invalid = (reason: string): MongoError => new MongoError(51091, `Regular expression is invalid: ${reason}`);
