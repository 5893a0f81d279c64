-- A migration is about to run: keep a way back, try it on a copy, run it, and go back if it was wrong.

return runbook {
  name    = "before-migration",
  purpose = "Run a migration with a backup kept, a trial on a copy, and a way back",

  params = {
    database = param.database { help = "database to migrate; may be left out when there is only one" },
    command  = param.text     { help = "the migration, words apart by blanks; {path} and $HOLDFAST_LOCATION are the file or connection to work on" },
    keep     = param.text     { default = "30d", help = "how long the backup before it is kept" },
    by_hand  = param.boolean  { default = false, flag = "--by-hand",
                                help = "you stop and start the application yourself, before and after" },
  },

  run = function(a)
    local net = step("take a safety backup",
      backup.now { of = a.database, keep = a.keep, why = "before a migration" })

    local trial = step("try the migration on a copy",
      migration.try { point = net, command = a.command },
      { undo = drop.copy, timeout = "4h" })

    step("check that the migrated copy is sound", verify.integrity { of = trial })

    local difference = step("list what the migration changes",
      compare.rows { old = a.database, new = trial })

    approve { "run the migration on the live database", into = a.database, shows = difference }

    if not a.by_hand then
      step("stop the application", application.stop { of = a.database }, { undo = application.start })
    end

    local last = step("take the backup to go back to",
      backup.now { of = a.database, keep = a.keep, why = "right before a migration" })

    step("run the migration",
      migration.run { of = a.database, command = a.command },
      { undo = restore.replace { point = last, into = a.database }, timeout = "4h" })

    step("check that the migrated database is sound", verify.integrity { of = a.database })

    if not a.by_hand then
      step("start the application", application.start { of = a.database })
      step("prove that the application works", verify.application { of = a.database })
    end

    step("drop the copy", drop.copy { copy = trial })

    return done { way_back = last, safety_backup = net }
  end,
}
