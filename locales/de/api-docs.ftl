### Words of the page that describes the API. What the calls do is written beside them, in English only.

api-title = Innkeeper-API
api-version = API, Version
api-calls = Aufrufe
api-objects = Objekte
api-paths-are-below = Pfade stehen unter
api-for-programs = Für Programme:
api-openapi = openapi.json
api-scope = Bereich
api-what-it-does = Was es tut
api-parameters = Parameter
api-body = Inhalt
api-answers = Antworten
api-needed = nötig
api-always-there = immer da
