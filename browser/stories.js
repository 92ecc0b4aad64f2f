// Every story, in one process: they share one Chromium.

import { after } from "node:test";
import { close } from "./lib/browser.js";
import "./stories/markup.js";
import "./stories/states.js";
import "./stories/refusal.js";
import "./stories/first_run.js";
import "./stories/forgotten.js";
import "./stories/passkeys.js";
import "./stories/second_step.js";
import "./stories/sessions.js";
import "./stories/live.js";
import "./stories/team.js";
import "./stories/time.js";
import "./stories/script.js";
import "./stories/cross_site.js";
import "./stories/next.js";
import "./stories/outage.js";
import "./stories/walks.js";
import "./stories/weight.js";

after(close);
