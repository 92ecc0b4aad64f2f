### Die Seite der Webhooks, für die Verwaltung der Installation.

webhooks-title = Webhooks
webhooks-intro = Wohin Ereignisse geschickt werden, und welche nach allen Versuchen nicht angekommen sind.
webhooks-none = Es gibt keinen Webhook. Sie werden mit der Befehlszeile oder der API angelegt.
webhook-all-types = alle Ereignisse
webhook-disabled = Abgeschaltet
webhook-none-failed = Nichts ist fehlgeschlagen.
webhook-more = Es gibt ältere; die Befehlszeile und die API listen sie.
webhook-retry = Erneut versuchen
webhook-retried = Es wird von vorn versucht.
webhook-tries = { $count ->
    [one] Einmal versucht
   *[other] { $count }-mal versucht
}
webhook-not-failed = Es ist inzwischen angekommen oder wird gerade versucht.
webhook-disabled-meanwhile = Dieser Webhook ist abgeschaltet, weil sein Empfänger gemeldet hat, dass es ihn nicht mehr gibt. Legen Sie mit der Befehlszeile oder der API einen neuen an.
