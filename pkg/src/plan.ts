/** Plan and expression nodes (frozen, children by reference) and the encoder to the wire form that the engine reads. */
export interface PlanNode {
  readonly op: string;
  readonly [field: string]: unknown;
}
export function encodePlan(_root: PlanNode): string {
  throw new Error("not there yet");
}
