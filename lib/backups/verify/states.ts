/** The verification's state machine: the names of its states, as the console shows them, and the input of each. */
export const VERIFICATION_STATES = {
  verify: 'Verify checksum',
  verifyInTask: 'Verify checksum in a task',
  failure: 'Record failed verification',
  failed: 'Verification failed',
} as const;

/** The input of an execution. */
export interface VerificationInput {
  backup_id: string;
}

/** The input of each of its Lambdas. */
export interface VerificationStateInput extends VerificationInput {
  execution_arn: string;
}
