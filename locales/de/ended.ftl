### Why a session ended: told-why-… to the person whose it was, end-reason-… in a list, after the time.

told-why-signed_out = Sie haben sich abgemeldet.
# $idle is the idle timeout, such as "20 minutes".
told-why-idle = Sie wurden abgemeldet, weil { $idle } lang nichts geschehen ist.
# $lifetime is the absolute lifetime, such as "12 hours".
told-why-lifetime = Sie wurden abgemeldet, weil eine Sitzung höchstens { $lifetime } dauert, auch wenn sie benutzt wird.
told-why-terminated_by_user = Diese Sitzung wurde von einem anderen Gerät aus beendet, von Ihnen oder von jemandem, der sich mit Ihrem Zugang anmeldet.
told-why-terminated_by_owner = Die Inhaberin oder der Inhaber des Kontos oder die Leitung hat diese Sitzung beendet.
    .owner = Die Inhaberin oder der Inhaber Ihres Kontos hat diese Sitzung beendet.
    .manager = Die Leitung Ihres Kontos hat diese Sitzung beendet.
told-why-terminated_by_support = Der Support hat diese Sitzung beendet.
told-why-terminated_by_api = Die Anwendung, bei der Sie angemeldet waren, oder wer sie betreibt, hat diese Sitzung beendet.
told-why-taken_over = Diese Sitzung wurde auf einem anderen Gerät beendet, auf dem sich jemand als Sie ausgewiesen hat und jetzt weiterarbeitet.
told-why-replaced_same_browser = Sie haben sich im selben Browser noch einmal angemeldet, und die neue Sitzung ist an die Stelle dieser getreten.
told-why-replaced_other_user = Im selben Browser hat sich jemand anderes angemeldet, dadurch endete Ihre Sitzung.
told-why-replaced_oldest = Sie haben sich auf einem anderen Gerät angemeldet, und Ihre älteste Sitzung, diese hier, hat dafür Platz gemacht.
told-why-password_changed = Ihr Passwort wurde auf einem anderen Gerät geändert, dadurch endete diese Sitzung.
told-why-password_reset = Ihr Passwort wurde zurückgesetzt, dadurch endeten alle Ihre Sitzungen.
told-why-mfa_changed = Ihr zweiter Schritt beim Anmelden wurde geändert, dadurch endete diese Sitzung.
told-why-user_suspended = Ihr Zugang wurde gesperrt, dadurch endete Ihre Sitzung.
told-why-user_removed = Ihr Zugang wurde aus dem Konto entfernt, dadurch endete Ihre Sitzung.
told-why-account_suspended = Ihr Konto wurde gesperrt, dadurch endeten die Sitzungen aller, die dazugehören.
told-why-policy = Die Regeln für Sitzungen wurden vom Betreiber dieses Dienstes geändert, dadurch endete diese Sitzung.

end-reason-signed_out = abgemeldet
end-reason-idle = zu lange nicht benutzt
end-reason-lifetime = Höchstdauer erreicht
end-reason-terminated_by_user = auf dieser Seite beendet
end-reason-terminated_by_owner = von der Inhaberin, dem Inhaber oder der Leitung des Kontos beendet
    .owner = von der Inhaberin oder dem Inhaber des Kontos beendet
    .manager = von der Leitung des Kontos beendet
end-reason-terminated_by_support = vom Support beendet
end-reason-terminated_by_api = von der Anwendung beendet
end-reason-taken_over = auf einem anderen Gerät fortgesetzt
end-reason-replaced_same_browser = im selben Browser neu angemeldet
end-reason-replaced_other_user = jemand anderes hat sich im selben Browser angemeldet
end-reason-replaced_oldest = Platz für eine neuere Sitzung gemacht
end-reason-password_changed = das Passwort wurde geändert
end-reason-password_reset = das Passwort wurde zurückgesetzt
end-reason-mfa_changed = der zweite Faktor wurde geändert
end-reason-user_suspended = der Zugang wurde gesperrt
end-reason-user_removed = der Zugang wurde entfernt
end-reason-account_suspended = das Konto wurde gesperrt
end-reason-policy = die Regeln für Sitzungen wurden geändert
