/** A function whose making takes a while: it is made when it is first called. */
export function loadedOnce<Given extends unknown[], Result>(
  make: () => Promise<(...given: Given) => Promise<Result>>,
): (...given: Given) => Promise<Result> {
  let made: ReturnType<typeof make> | undefined;
  return async (...given) => {
    made ??= make();
    return (await made)(...given);
  };
}
