export interface Sample {
  readonly round?: number;
  readonly error?: string;
  readonly cpu_us: number;
  readonly sidecar_us: number;
  readonly p50_ms: number | null;
  readonly other_cores?: number;
}

/** What the kit writes with `--json`, as far as the table reads it. */
export interface Result {
  readonly workloads?: Record<string, Record<string, { readonly samples: readonly Sample[] }>>;
  readonly problems?: readonly string[];
}

export function median(values: readonly number[]): number | null;

export function sidecarTable(
  results: { readonly busy: Result; readonly idle: Result },
  rows: readonly { readonly name: string; readonly kong: string | null }[],
  missing: ReadonlyMap<string, string>,
): { text: string; measured: number };
