import { IamError } from './errors.ts';

/** The parameters of a request, as the query protocol writes them. */
export class Parameters {
  readonly #pairs: URLSearchParams;

  constructor(text: string) {
    this.#pairs = new URLSearchParams(text);
  }

  get(name: string): string | undefined {
    return this.#pairs.get(name) ?? undefined;
  }

  /** @throws IamError `ValidationError` */
  require(name: string): string {
    const value = this.get(name);
    if (value !== undefined && value !== '') return value;
    throw new IamError('ValidationError', `The request must contain the parameter ${name}.`);
  }

  /** @throws IamError `ValidationError` for what is no number */
  integer(name: string): number | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (/^\d{1,9}$/.test(value)) return Number(value);
    throw new IamError('ValidationError', `${name} must be a number.`);
  }

  /** The texts of a list: `PolicyArns.member.1.arn`. */
  list(name: string, field = ''): string[] {
    const values: string[] = [];
    for (let at = 1; ; at++) {
      const value = this.get(`${name}.member.${at}${field}`);
      if (value === undefined) return values;
      values.push(value);
    }
  }
}
