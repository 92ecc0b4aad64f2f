// What `/innkeeper.js` gives a page. See docs/integrate.md, "The script".

/** Before the end: `preventDefault` where the page warns by itself. */
export interface InnkeeperEnding {
  /** How long the session lives still, in milliseconds. */
  remaining_ms: number;
  /** Whether what somebody does moves the end; false at the longest time of a session. */
  extensible: boolean;
}

/** At the end: `preventDefault` where the page says it by itself. */
export interface InnkeeperEnded {
  /** Why, by the names of docs/sessions.md, such as `idle`; absent where somebody else has signed in. */
  reason?: string;
  /** Why, in the language of the browser. */
  sentence: string;
  /** When, in words and as a machine reads it (RFC 3339); absent where there is no session at all. */
  at?: { text: string; machine: string };
}

declare global {
  interface Window {
    innkeeper: {
      /** How long the session lives still, in milliseconds; `null` where nobody is signed in as far as is known. */
      remaining(): number | null;
      /** Somebody is there. Resolves with whether the server was told. */
      stay(): Promise<boolean>;
      /** Calls `listener` before the end. Returns what takes it away. */
      onEnding(listener: (event: CustomEvent<InnkeeperEnding>) => void): () => void;
      /** Calls `listener` once it is over. Returns what takes it away. */
      onEnded(listener: (event: CustomEvent<InnkeeperEnded>) => void): () => void;
    };
  }
}
