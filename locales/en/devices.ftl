### Devices and places in words. Names of browsers and systems are those of their makers.

kind-computer = Computer
kind-phone = Phone
kind-tablet = Tablet
kind-other = Other device

device-on = { $browser } on { $system }
device-unknown = Unknown device
# Names that are none of a maker: what shows pages within another app, and apps that are no browsers.
browser-in-app = In-app browser
browser-google-app = Google app
browser-android-app = Android app
# Where a browser hides which of the two it runs on.
system-mac-or-ipad = Mac or iPad
system-iphone-or-ipad = iPhone or iPad

# $near is a city or a region.
place-near = { $near }, { $country }
place-unknown = Unknown
place-private = Private network
