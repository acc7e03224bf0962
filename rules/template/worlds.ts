/** Picks one of `count` options; in another world another one is picked. */
export type Choose = (count: number) => number;

/**
 * Runs a calculation once for every combination of the choices it makes, depth first. A calculation that makes no
 * choice runs once. Choices may depend on earlier ones, so combinations that cannot be reached are never tried.
 * @param limit most runs; `complete` tells whether that was enough.
 */
export function explore<Result>(
  run: (choose: Choose) => Result,
  limit: number,
): { readonly results: readonly Result[]; readonly complete: boolean } {
  const trail: { pick: number; readonly count: number }[] = [];
  const results: Result[] = [];
  for (;;) {
    let depth = 0;
    results.push(
      run((count) => {
        const taken = trail[depth++];
        if (taken) return taken.pick;
        trail.push({ pick: 0, count });
        return 0;
      }),
    );
    for (let last = trail.at(-1); last && last.pick + 1 >= last.count; last = trail.at(-1)) trail.pop();
    const next = trail.at(-1);
    if (!next) return { results, complete: true };
    if (results.length >= limit) return { results, complete: false };
    next.pick += 1;
  }
}
