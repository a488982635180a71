// Starts the page: models -> views <- address.

import { Connection } from "./connection.js";
import { Current } from "./current.js";
import { byId, keepIcons } from "./dom.js";
import { keepEmbedLink } from "./embed.js";
import { startRouting } from "./router.js";
import { Views } from "./views.js";

const shared = { current: new Current(), cards: [], lost: () => connection.lost(), retitle: () => views.retitle() };
const views = new Views(shared);
const connection = new Connection((cards) => views.setCards(cards));

byId("skip", HTMLAnchorElement).addEventListener("click", (event) => {
  event.preventDefault(); // the address is the page's own
  const view = document.querySelector(".view:not([hidden])");
  const target = view?.querySelector(".skip-target:not([hidden])") ?? view?.querySelector("h1");
  /** @type {HTMLElement | null | undefined} */ (target)?.focus();
});
void connection.load();
void startRouting((route, isFirst) => views.show(route, isFirst));
keepEmbedLink();
void keepIcons();
