/** A refusal, with the service's own code. @see https://learn.microsoft.com/rest/api/storageservices/table-service-error-codes */
export class Failure extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }

  /** @param index of the operation in a transaction that failed. */
  body(index?: number): string {
    const value = index === undefined ? this.code : `${index}:${this.code}`;
    const message = { lang: 'en-US', value };
    return JSON.stringify({ 'odata.error': { code: this.code, message } });
  }
}
