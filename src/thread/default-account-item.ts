/** The line of the LCD's menu Settings that chooses the account of calls for which none was chosen (feature row ACC-29). */
import type { Configuration } from "../config/configuration.ts";
import type { MenuItem } from "../ui/settings.ts";

export interface DefaultAccountParts {
  readonly config: Configuration;
  /** Keeps what a person chose. */
  readonly keep: (name: string, value: string) => void;
  /** How many the model has. */
  readonly accounts: number;
}

const parameter = "features.default_account";

export function defaultAccountItem({ config, keep, accounts }: DefaultAccountParts): MenuItem {
  const enabled = () =>
    Array.from({ length: accounts }, (_, at) => at + 1).filter((id) => config.flag(`account.${id}.enable`));
  // As calls take it: one that is off counts as the first that is on.
  const current = () => {
    const wanted = config.number(parameter);
    const all = enabled();
    return all.includes(wanted) ? wanted : all[0];
  };
  return {
    menu: "settings",
    label: "Default account",
    value: () => {
      const id = current();
      if (id === undefined) return "None";
      const text = (name: string) => config.text(`account.${id}.${name}`);
      return text("label") || text("display_name") || text("user_name") || `Account ${id}`;
    },
    change: (step) => {
      const all = enabled();
      const at = all.indexOf(current() ?? 0);
      const next = all[(at + step + all.length) % Math.max(1, all.length)];
      if (next !== undefined && all.length > 1) keep(parameter, String(next));
    },
  };
}
