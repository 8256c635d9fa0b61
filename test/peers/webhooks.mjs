// Standard Webhooks, by the library of its authors.
import {Webhook} from 'standardwebhooks';

export const webhooks = {
  async 'webhooks.verify'({secret, body, headers}) {
    return {event: new Webhook(secret).verify(body, headers)};
  },
};
