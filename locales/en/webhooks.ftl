### The page of webhooks, for whoever administers the installation.

webhooks-title = Webhooks
webhooks-intro = Where events are sent to, and which of them have not arrived after every try.
webhooks-none = There is no webhook. They are made with the command line or the API.
webhook-all-types = all events
webhook-disabled = Switched off
webhook-none-failed = Nothing has failed.
webhook-more = There are older ones, which the command line and the API list.
webhook-retry = Try again
webhook-retried = It is tried again, from the beginning.
webhook-tries = { $count ->
    [one] Tried once
   *[other] Tried { $count } times
}
webhook-not-failed = It has arrived meanwhile, or is being tried.
webhook-disabled-meanwhile = This webhook is switched off, since its receiver said that it is gone. Create a new one by the command line or the API.
