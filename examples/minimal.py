"""Two policies for the same cities at the same seeds: a table, a figure, and a file for other programs.

Run it with ``python examples/minimal.py``; it takes less than a minute and leaves the folder ``results/minimal``.
"""

from pathlib import Path

import matplotlib.pyplot as plt

from hinterland import Arm, Comparison, FiscalTransfer, Funding, InvestmentFund, Scenario

SHOWN = ("supporting_value_added", "supporting_real_income", "theil_between_zones")


def config() -> Comparison:
    """Return the experiment: a transfer and a fund for two cities, paid by the nation and the centre."""
    shared = Funding(nation=0.5, centre=0.5)
    cities = ["qingyuan", "meizhou"]
    transfer = FiscalTransfer(name="transfer", targets=cities, start=2021, amount=2000, funding=shared)
    fund = InvestmentFund(name="fund", targets=cities, start=2021, amount=20000, funding=shared)
    return Comparison(
        name="minimal",
        title="A transfer or a fund for Qingyuan and Meizhou",
        scenario=Scenario(name="minimal", world="guangzhou", years=5, firms=4000),
        arms={"baseline": Arm(), "transfer": Arm(mechanisms=(transfer,)), "fund": Arm(mechanisms=(fund,))},
        replications=3,
    )


def main(out: Path = Path("results/minimal")) -> None:
    """Run the experiment and show what it found."""
    outcome = config().run(out, report=False, quiet=True)

    effects = outcome.table  # differences from the baseline at the same seeds, with 95 % intervals
    effects = effects[effects["indicator"].isin(SHOWN)]
    print(effects[["arm", "indicator", "difference", "ci_low", "ci_high", "unit"]].to_string(index=False))

    data = outcome.open()  # everything that was recorded, by arm, replication, year, region, ...
    capital = data["capital"].sel(region=["qingyuan", "meizhou"]).sum(["region", "sector"]).load()
    gain = 100 * (capital / capital.sel(arm="baseline") - 1)
    for arm in ("transfer", "fund"):
        plt.plot(gain["year"], gain.sel(arm=arm).mean("replication"), label=arm)
    plt.ylabel("capital of the two cities, % of the baseline")
    plt.legend()
    plt.savefig(out / "capital.png", dpi=150)

    gain.to_dataframe("percent").to_csv(out / "capital.csv")
    print(f"{outcome}: {out / 'capital.png'}, {out / 'capital.csv'}")


if __name__ == "__main__":
    main()
