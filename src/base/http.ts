/** HTTP as the phone sees it: something is fetched, and what became of it; `src/net` has the real one, tests have their own. */

export interface HttpClient {
  /**
   * Fetches an address and throws away what it says (RFC 9110 §9.3.1). `timeoutMs` is for all of it.
   *
   * @returns the status, redirections followed. Rejects with an Error whose message names the address and the reason.
   */
  get(address: string, timeoutMs: number): Promise<number>;
}
