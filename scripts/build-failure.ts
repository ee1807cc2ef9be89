/** Why a build cannot succeed, in one line for whoever builds. Any other error of a build is a bug in it. */
export class BuildFailure extends Error {
  override readonly name = "BuildFailure";
}
