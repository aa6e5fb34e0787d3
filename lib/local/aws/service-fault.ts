/** An error as AWS's JSON protocol tells it. */
export class ServiceFault extends Error {
  constructor(type: string, message: string) {
    super(message);
    this.name = type;
  }
}
