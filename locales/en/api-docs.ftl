### Words of the page that describes the API. What the calls do is written beside them, in English only.

api-title = Innkeeper API
api-version = API, version
api-calls = Calls
api-objects = objects
api-paths-are-below = Paths are below
api-for-programs = For programs:
api-openapi = openapi.json
api-scope = scope
api-what-it-does = What it does
api-parameters = Parameters
api-body = Body
api-answers = Answers
api-needed = needed
api-always-there = always there
