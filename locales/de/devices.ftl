### Devices and places in words. Names of browsers and systems are those of their makers.

kind-computer = Computer
kind-phone = Telefon
kind-tablet = Tablet
kind-other = Anderes Gerät

device-on = { $browser } auf { $system }
device-unknown = Unbekanntes Gerät
# Names that are none of a maker: what shows pages within another app, and apps that are no browsers.
browser-in-app = Browser in einer App
browser-google-app = Google-App
browser-android-app = Android-App
# Where a browser hides which of the two it runs on.
system-mac-or-ipad = Mac oder iPad
system-iphone-or-ipad = iPhone oder iPad

# $near is a city or a region.
place-near = { $near }, { $country }
place-unknown = Unbekannt
place-private = Privates Netz
